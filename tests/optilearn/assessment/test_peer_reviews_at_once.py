"""Reviews written at the same time: one score, one message, no pair twice, no circle of locks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from optilearn.assessment.gradebook.services import give_grade
from optilearn.assessment.gradebook.services.grades import Given
from optilearn.assessment.gradebook.services.locks import lock_enrollment
from optilearn.assessment.models import (
    Assignment,
    Grade,
    GradeChange,
    PeerReview,
    PeerReviewResult,
    PeerReviewSettings,
    Submission,
)
from optilearn.assessment.peer_reviews import services
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.services import return_to_course, withdraw
from optilearn.notifications.models import Notification
from tests.support.at_once import at_once, committed_twins
from tests.support.peer_reviews import a_student, handed_in, reviewed
from tests.support.twins import Twin

pytestmark = pytest.mark.slow
ROUNDS = 4
NAMES = ("lena", "मीरा", "a", "b")


@pytest.fixture(scope="module")
def twin(django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    with committed_twins("peers", django_db_blocker) as twins:
        yield twins[0]


def principal_of(twin: Twin, person_id: int) -> Principal:
    return Principal(
        institution_id=twin.id,
        institution_slug=twin.institution.slug,
        person_id=person_id,
        role=Role.STUDENT,
        name="",
        locale="en",
    )


def assignment_of(twin: Twin, **settings: object) -> Assignment:
    made = Assignment.objects.create(course=twin.courses["MATH"], title="Essay", max_score=10)
    reviewed(made, 3, due_at=None, **settings)
    return made


def running(twin: Twin) -> Assignment:
    """Four students have submitted, and saved all their reviews."""
    with tenant_context(twin.id):
        made = assignment_of(twin, flag_percent=None)
        for name in NAMES:
            handed_in(a_student(twin, name), made)
        for number, review in enumerate(PeerReview.objects.filter(assignment=made)):
            review.score = Decimal(number % 4)
            review.save()
    return made


def submitting(twin: Twin, review: PeerReview) -> Callable[[], object]:
    return lambda: services.submit_review(
        principal=principal_of(twin, review.reviewer_id), review_id=review.pk
    )


def notified(twin: Twin, work: Assignment) -> Counter[int]:
    """How often each submission was announced."""
    found = Notification.objects.filter(key="ASSESS_PEER_GRADED")
    return Counter(one.once for one in found if one.data["assignmentId"] == work.pk)


def test_the_last_reviews_at_once_make_one_grade_and_one_message(twin: Twin) -> None:
    for _ in range(ROUNDS):
        work = running(twin)
        with tenant_context(twin.id):
            reviews = list(PeerReview.objects.filter(assignment=work))
        answers = at_once(twin, [submitting(twin, one) for one in reviews])
        assert [one for one in answers if one is not None] == []
        with tenant_context(twin.id):
            assert PeerReviewResult.objects.filter(assignment=work, review_count=3).count() == 4
            for result in PeerReviewResult.objects.filter(assignment=work):
                grade = Grade.objects.get(assignment=work, enrollment_id=result.enrollment_id)
                assert grade.points == result.median
                assert grade.changes.filter(cause="PEERS").count() == 1
            assert sorted(notified(twin, work).values()) == [1, 1, 1, 1]


def test_submitting_twice_at_once_is_one(twin: Twin) -> None:
    work = running(twin)
    with tenant_context(twin.id):
        review = PeerReview.objects.filter(assignment=work).earliest("id")
    assert at_once(twin, [submitting(twin, review)] * 4) == [None] * 4


def test_a_person_who_grades_beside_the_last_review_wins(twin: Twin) -> None:
    for _ in range(ROUNDS):
        work = running(twin)
        with tenant_context(twin.id):
            lena = Enrollment.objects.get(pk=twin.enrollments[0].pk)
            own = list(PeerReview.objects.filter(assignment=work, enrollment=lena))

        def grading(work: Assignment = work, lena: Enrollment = lena) -> object:
            return give_grade(
                principal=twin.principal("tom"),
                assignment_id=work.pk,
                enrollment_id=lena.pk,
                given=Given(points=Decimal(9)),
                version=0,
            )

        answers = at_once(twin, [grading, *(submitting(twin, one) for one in own)])
        lost = [one for one in answers if isinstance(one, AppError)]
        assert not [one for one in answers if isinstance(one, Exception) and one not in lost]
        with tenant_context(twin.id):
            grade = Grade.objects.get(assignment=work, enrollment=lena)
            if not lost:
                assert grade.points == Decimal(9)
            last = GradeChange.objects.filter(grade=grade).latest("id")
            assert last.after["points"] == f"{grade.points:.2f}"


def test_work_that_comes_at_once_has_each_pair_once(twin: Twin) -> None:
    for _ in range(ROUNDS):
        with tenant_context(twin.id):
            made = assignment_of(twin)
            students = [a_student(twin, f"x{number}") for number in range(8)]

        def job(enrollment: Enrollment, made: Assignment = made) -> Callable[[], object]:
            def submit() -> object:
                with transaction.atomic():
                    return handed_in(enrollment, made).pk

            return submit

        answers = at_once(twin, [job(one) for one in students])
        assert not [one for one in answers if isinstance(one, Exception)]
        with tenant_context(twin.id):
            found = PeerReview.objects.filter(assignment=made)
            pairs = list(found.values_list("reviewer_id", "student_id"))
        assert len(set(pairs)) == len(pairs) == 24
        assert set(Counter(author for _, author in pairs).values()) == {3}


def test_submitting_reviews_beside_resubmissions_and_the_worker(twin: Twin) -> None:
    for _ in range(ROUNDS):
        work = running(twin)
        with tenant_context(twin.id):
            reviews = list(PeerReview.objects.filter(assignment=work))
            lena = Enrollment.objects.get(pk=twin.enrollments[0].pk)

        def resubmit(work: Assignment = work, lena: Enrollment = lena) -> object:
            with transaction.atomic():
                return handed_in(lena, work).pk

        jobs = [submitting(twin, one) for one in reviews[:8]]
        answers = at_once(
            twin, [*jobs, resubmit, services.close_due_reviews, services.complete_results]
        )
        assert not [one for one in answers if isinstance(one, Exception)]
        with tenant_context(twin.id):
            newest = Submission.objects.filter(assignment=work, enrollment=lena).latest("id")
            left = PeerReview.objects.filter(assignment=work, enrollment=lena, status="PENDING")
            assert {one.submission_id for one in left} <= {newest.pk}


def test_a_worker_that_is_killed_goes_on_where_it_was(
    twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the reviews are closed and one result is complete: the rest follows, once."""
    work = running(twin)
    with tenant_context(twin.id):
        PeerReviewSettings.objects.filter(assignment=work).update(due_at="2030-01-01T00:00Z")
        for review in PeerReview.objects.filter(assignment=work):
            if review.pk % 3 == 0:
                submitting(twin, review)()
        PeerReviewSettings.objects.filter(assignment=work).update(due_at="2020-01-01T00:00Z")
        assert services.close_due_reviews() > 0
        from optilearn.assessment.peer_reviews.services import deadlines

        computed = deadlines.recompute
        calls: list[int] = []

        def killed(assignment_id: int, enrollment_id: int) -> None:
            calls.append(enrollment_id)
            if len(calls) == 2:
                raise KeyboardInterrupt
            computed(assignment_id, enrollment_id)

        monkeypatch.setattr(deadlines, "recompute", killed)
        with pytest.raises(KeyboardInterrupt):
            services.complete_results()
        monkeypatch.undo()
        services.complete_results()
        assert services.complete_results() == 0
        counted = PeerReviewResult.objects.filter(assignment=work, review_count__gt=0)
        assert set(notified(twin, work).values()) == {1}
        assert len(notified(twin, work)) == counted.count()
        assert not counted.filter(completed_at=None).exists()


def test_leaving_beside_submitting_waits_in_no_circle(twin: Twin) -> None:
    """Whoever leaves holds their enrollment, whoever submits theirs; both assign reviews."""
    tom = twin.principal("tom")
    for _ in range(ROUNDS):
        with tenant_context(twin.id):
            made = assignment_of(twin)
            students = [a_student(twin, f"y{number}") for number in range(8)]
            for one in students[:4]:
                handed_in(one, made)

        def leave(enrollment: Enrollment) -> Callable[[], object]:
            return lambda: withdraw(principal=tom, enrollment_id=enrollment.pk)

        def submit(enrollment: Enrollment, made: Assignment = made) -> Callable[[], object]:
            def job() -> object:
                with transaction.atomic():
                    lock_enrollment(enrollment.pk)
                    return handed_in(enrollment, made).pk

            return job

        jobs = [*map(leave, students[:2]), *map(submit, students[3:])]
        answers = at_once(twin, jobs)
        assert not [one for one in answers if isinstance(one, Exception)]
        with tenant_context(twin.id):
            gone = {one.pk for one in students[:2]}
            left = PeerReview.objects.filter(assignment=made, status="PENDING", closed_at=None)
            involved = set(left.values_list("enrollment_id", "reviewer_enrollment_id"))
            assert not {key for pair in involved for key in pair} & gone
            assert set(Counter(author for author, _ in involved).values()) == {3}
            for one in students[:2]:
                return_to_course(principal=tom, enrollment_id=one.pk)
