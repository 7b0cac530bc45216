"""Peer review over HTTP: assigned, written, counted, released."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from optilearn.assessment.models import Grade, PeerReview, RubricVersion, Submission
from optilearn.assessment.peer_reviews import services
from optilearn.enrollment.services import return_to_course, withdraw
from tests.support.peer_reviews import (
    DUE,
    Seminar,
    a_rubric,
    a_student,
)
from tests.support.twins import Twin

WHOLE = [{"criterion": "proof", "level": "whole"}, {"criterion": "style", "level": "poor"}]


@pytest.fixture
def seminar(twins: tuple[Twin, Twin]) -> Seminar:
    return Seminar(twins[0])


def path_of(seminar: Seminar, rest: str = "") -> str:
    return f"assignments/{seminar.assignment.pk}/peer-review{rest}"


def grade_of(seminar: Seminar, name: str) -> Grade | None:
    with seminar.inside():
        return Grade.objects.filter(
            assignment=seminar.assignment, student=seminar.twin.people[name]
        ).first()


def points_of(seminar: Seminar, name: str) -> Decimal | None:
    grade = grade_of(seminar, name)
    return None if grade is None else grade.points


def tick(seminar: Seminar) -> int:
    """Let the worker look at what is due."""
    with seminar.inside():
        return services.close_due_reviews() + services.complete_results()


def test_reviewers_come_with_the_work(seminar: Seminar) -> None:
    seminar.open(2)
    seminar.submit("lena")
    assert seminar.reviews() == []
    seminar.submit("मीरा")
    assert [(r.reviewer.code, r.student.code) for r in seminar.by("lena")] == [("lena", "मीरा")]
    seminar.submit("sven", "omar")
    assert {
        name: len(seminar.of(name)) for name in ("lena", "मीरा", "sven", "omar")
    } == dict.fromkeys(("lena", "मीरा", "sven", "omar"), 2)
    assert all(r.reviewer_id != r.student_id for r in seminar.reviews())


def test_the_last_review_sets_the_score_once_released(seminar: Seminar) -> None:
    seminar.open(2)
    seminar.submit("lena", "मीरा", "sven")
    first, second = seminar.of("lena")
    seminar.write(first, 9)
    assert points_of(seminar, "lena") is None
    own = f"learning/assignments/{seminar.assignment.pk}/peer-reviews"
    assert seminar.done("lena", "GET", own)["isReleased"] is False
    seminar.write(second, 8, comment="<p>Good.</p><script>alert(1)</script>")
    grade = grade_of(seminar, "lena")
    assert grade is not None
    assert (grade.points, grade.grader_id, grade.posted_at) == (Decimal("8.50"), None, seminar.now)
    feedback = seminar.done("lena", "GET", own)
    assert (feedback["isReleased"], feedback["score"]) == (True, 8.5)
    assert {one["reviewer"] for one in feedback["reviews"]} == {None}
    assert {one["comment"] for one in feedback["reviews"]} == {"", "<p>Good.</p>"}
    with seminar.inside():
        assert list(grade.changes.values_list("cause", "author_id")) == [("PEERS", None)]
        work = Submission.objects.get(assignment=seminar.assignment, student=grade.student)
    assert (work.score, work.status) == (Decimal("8.50"), "GRADED")


def test_saving_and_submitting_twice_changes_nothing(seminar: Seminar) -> None:
    seminar.open(1)
    seminar.submit("lena", "मीरा")
    (review,) = seminar.by("lena")
    path = f"peer-reviews/{review.pk}"
    assert seminar.ask("lena", "POST", f"{path}/submit")[1]["details"] == [{"path": "/score"}]
    assert seminar.ask("lena", "PUT", path, score=11)[1]["details"] == [{"path": "/score"}]
    assert seminar.done("lena", "PUT", path, score=7)["score"] == 7.0
    sent = seminar.done("lena", "POST", f"{path}/submit")
    assert (sent["isSubmitted"], sent["isOpen"], sent["work"]) == (True, False, None)
    assert seminar.done("lena", "POST", f"{path}/submit") == sent
    status, error = seminar.ask("lena", "PUT", path, score=1)
    assert (status, error["details"]) == (409, {"reason": "SUBMITTED"})


def test_a_grade_of_a_person_stays_until_it_is_removed(seminar: Seminar) -> None:
    seminar.open(1)
    seminar.submit("lena", "मीरा")
    enrollment = a_student_key(seminar, "lena")
    path = f"assignments/{seminar.assignment.pk}/grades/{enrollment}"
    seminar.done("tom", "PUT", path, points=3, version=0)
    seminar.write_all("lena", 9)
    assert points_of(seminar, "lena") == Decimal("3.00")
    seminar.done("tom", "PUT", path, version=1)
    assert points_of(seminar, "lena") == Decimal("9.00")


def a_student_key(seminar: Seminar, name: str) -> int:
    with seminar.inside():
        return a_student(seminar.twin, name).pk


def test_late_work_loses_its_points(seminar: Seminar) -> None:
    seminar.open(1)
    course = seminar.twin.courses["MATH"].pk
    seminar.done("tom", "PATCH", f"courses/{course}/grading", latePercent=10)
    seminar.submit("मीरा")
    seminar.now = DUE + timedelta(hours=1)
    seminar.submit("lena")
    seminar.write_all("lena", 9)
    grade = grade_of(seminar, "lena")
    assert grade is not None
    assert (grade.raw_points, grade.deducted) == (Decimal(9), Decimal(1))


def test_the_average_counts_where_it_is_chosen(seminar: Seminar) -> None:
    seminar.open(3, settings={"sets_score": "AVERAGE", "flag_percent": None})
    seminar.submit("lena", "a", "b", "c")
    seminar.write_all("lena", 10, 10, 1)
    assert points_of(seminar, "lena") == Decimal("7.00")
    assert {one.status for one in seminar.of("lena")} == {"SUBMITTED"}
    seminar.done("tom", "PATCH", path_of(seminar, "-settings"), setsScore="MEDIAN")
    assert tick(seminar) == 1
    assert points_of(seminar, "lena") == Decimal("10.00")


def own_path(seminar: Seminar) -> str:
    return f"learning/assignments/{seminar.assignment.pk}/peer-reviews"


def test_a_resubmission_keeps_reviews_and_moves_pending_ones(seminar: Seminar) -> None:
    seminar.open(2)
    (first,) = seminar.submit("lena")
    seminar.submit("a", "b")
    done, pending = seminar.of("lena")
    seminar.write(done, 6)
    seminar.done(pending.reviewer.code, "PUT", f"peer-reviews/{pending.pk}", score=5)
    (second,) = seminar.submit("lena", text="<p>Better.</p>")
    assert {r.pk: r.submission_id for r in seminar.of("lena")} == {
        done.pk: first.pk,
        pending.pk: second.pk,
    }
    assert seminar.by("lena")[0].submission_id != second.pk
    shown = seminar.done(pending.reviewer.code, "GET", f"peer-reviews/{pending.pk}")
    assert (shown["work"]["text"], shown["score"]) == ("<p>Better.</p>", 5.0)


def test_who_leaves_is_replaced_and_who_returns_goes_on(seminar: Seminar) -> None:
    seminar.open(1)
    seminar.submit("lena", "मीरा", "a", "b")
    (draft,) = seminar.of("lena")
    name = draft.reviewer.code
    seminar.done(name, "PUT", f"peer-reviews/{draft.pk}", score=4, comment="Half done")
    enrollment = a_student_key(seminar, name)
    with seminar.inside():
        withdraw(principal=seminar.twin.principal("tom"), enrollment_id=enrollment)
    open_ones = seminar.reviews(status="PENDING", closed_at=None)
    assert name not in {one.reviewer.code for one in open_ones}
    assert name not in {one.student.code for one in open_ones}
    (now,) = [one for one in open_ones if one.student.code == "lena"]
    assert now.reviewer.code != name
    assert seminar.ask(name, "PUT", f"peer-reviews/{draft.pk}", score=1)[0] in {404, 409}
    with seminar.inside():
        withdraw(
            principal=seminar.twin.principal("tom"),
            enrollment_id=a_student_key(seminar, now.reviewer.code),
        )
        return_to_course(principal=seminar.twin.principal("tom"), enrollment_id=enrollment)
    assert {one.student.code for one in seminar.reviews(status="PENDING", closed_at=None)} >= {
        "lena",
        name,
    }


def test_a_rubric_rates_by_the_version_of_the_assignment_of_the_review(seminar: Seminar) -> None:
    with seminar.inside():
        rubric = a_rubric(seminar.twin)
    seminar.open(1, rubric=rubric, max_score=20)
    seminar.submit("lena", "मीरा")
    with seminar.inside():
        RubricVersion.objects.create(rubric=rubric, number=2, criteria=[])
    (review,) = seminar.of("lena")
    who, path = review.reviewer.code, f"peer-reviews/{review.pk}"
    shown = seminar.done(who, "GET", path)
    assert [one["key"] for one in shown["criteria"]] == ["proof", "style"]
    wrong = [{"criterion": "proof", "level": "best"}]
    assert seminar.ask(who, "PUT", path, ratings=wrong)[1]["details"] == [{"path": "/ratings/0"}]
    assert seminar.ask(who, "PUT", path, score=3)[1]["details"] == [{"path": "/score"}]
    assert seminar.done(who, "PUT", path, ratings=WHOLE[:1])["score"] is None
    assert seminar.ask(who, "POST", f"{path}/submit")[1]["details"] == [{"path": "/ratings"}]
    commented = [WHOLE[0] | {"comment": "<b>Yes</b><script>x</script>"}, WHOLE[1]]
    assert seminar.write(review, None, ratings=commented)["score"] == 14.0
    feedback = seminar.done("lena", "GET", own_path(seminar))["reviews"][0]
    assert feedback["ratings"][0]["comment"] == "<b>Yes</b>"
    assert points_of(seminar, "lena") == Decimal("14.00")


def test_reviews_wait_for_the_release_of_the_grade(seminar: Seminar) -> None:
    seminar.open(1, posts_manually=True)
    seminar.submit("lena", "मीरा")
    seminar.write_all("lena", 9)
    grade = grade_of(seminar, "lena")
    assert grade is not None
    assert (grade.points, grade.posted_at) == (Decimal(9), None)
    assert seminar.done("lena", "GET", own_path(seminar))["reviews"] == []
    path = f"assignments/{seminar.assignment.pk}/post-grades"
    seminar.done("tom", "POST", path, isPosted=True)
    assert seminar.done("lena", "GET", own_path(seminar))["score"] == 9.0
    seminar.done("tom", "POST", path, isPosted=False)
    assert seminar.done("lena", "GET", own_path(seminar))["isReleased"] is False


def test_another_institution_sees_nothing(twins: tuple[Twin, Twin]) -> None:
    north, south = map(Seminar, twins)
    north.open(1)
    north.submit("lena", "मीरा")
    (review,) = north.by("lena")
    for method, path, body in (
        ("GET", f"peer-reviews/{review.pk}", {}),
        ("PUT", f"peer-reviews/{review.pk}", {"score": 1}),
        ("GET", f"learning/assignments/{north.assignment.pk}/peer-reviews", {}),
    ):
        assert south.ask("lena", method, path, **body)[0] == 404
    south.open(1)
    body: dict[str, Any] = {"score": 1}
    enrollment = north.twin.enrollments[0].pk
    path = f"assignments/{south.assignment.pk}/peer-reviews/{enrollment}"
    assert south.ask("tom", "PUT", path, **body)[0] == 404


def test_hindi_nulls_and_too_much(seminar: Seminar) -> None:
    seminar.open(1)
    seminar.submit("lena", "मीरा")
    (review,) = seminar.by("lena")
    path = f"peer-reviews/{review.pk}"
    assert seminar.done("lena", "PUT", path, score=1, comment="बहुत अच्छा")["comment"] == "बहुत अच्छा"
    for wrong in (
        {"score": "NaN"},
        {"score": -1},
        {"score": 1, "comment": "x" * 20_001},
        {"ratings": [{"criterion": "none", "level": "x"}]},
        {"author": 1},
    ):
        assert seminar.ask("lena", "PUT", path, **wrong)[0] == 400
    assert seminar.ask("lena", "PUT", path, score=1, comment="a\x00b")[0] == 400


def test_reviews_of_nobody_else(seminar: Seminar) -> None:
    seminar.open(1)
    seminar.submit("lena", "मीरा")
    (review,) = seminar.by("lena")
    for who, status in (("मीरा", 404), ("sven", 404), ("tom", 403), ("pia", 403)):
        assert seminar.ask(who, "GET", f"peer-reviews/{review.pk}")[0] == status
    assert PeerReview.Status.FLAGGED not in str(seminar.done("lena", "GET", "me/peer-reviews"))


def test_a_review_that_is_opened_again_is_of_the_newest_work(seminar: Seminar) -> None:
    seminar.open(1)
    seminar.submit("lena", "मीरा")
    settings = path_of(seminar, "-settings")
    seminar.done("tom", "PATCH", settings, peerReviewCount=0)
    (newest,) = seminar.submit("lena", text="<p>Better.</p>")
    seminar.done("tom", "PATCH", settings, peerReviewCount=1)
    assert [(one.submission_id, one.closed_at) for one in seminar.of("lena")] == [(newest.pk, None)]
