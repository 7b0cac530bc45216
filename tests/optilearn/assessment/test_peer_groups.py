"""Peer review of work that groups hand in: reviewed once, by others, with a grade for each."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from optilearn.assessment.events import SubmissionsReceived
from optilearn.assessment.models import (
    Grade,
    GroupMember,
    GroupSet,
    PeerReview,
    StudentGroup,
    Submission,
)
from optilearn.assessment.peer_reviews import services
from optilearn.core import clock
from optilearn.core.events import publish
from optilearn.enrollment.services import withdraw
from optilearn.notifications.models import Notification
from tests.support.peer_reviews import DUE, Seminar, a_student
from tests.support.twins import Twin

GROUPS = {"red": ("lena", "मीरा"), "blue": ("sven", "omar"), "green": ("noor", "vera")}


@pytest.fixture
def seminar(twins: tuple[Twin, Twin]) -> Seminar:
    found = Seminar(twins[0])
    with found.inside():
        for names in GROUPS.values():
            for name in names:
                a_student(found.twin, name)
        group_set = GroupSet.objects.create(course=found.twin.courses["MATH"], name="Projects")
    found.open(2, group_set=group_set)
    for name, members in GROUPS.items():
        grouped(found, group_set, name, *members)
    return found


def grouped(seminar: Seminar, group_set: GroupSet, name: str, *members: str) -> None:
    with seminar.inside():
        keys = [a_student(seminar.twin, one) for one in members]
        GroupMember.objects.filter(group_set=group_set, enrollment__in=keys).delete()
        group = StudentGroup.objects.create(
            group_set=group_set, course_id=group_set.course_id, name=name
        )
        GroupMember.objects.bulk_create(
            GroupMember(
                group=group,
                group_set_id=group_set.pk,
                enrollment=one,
                student_id=one.student_id,
                course_id=one.course_id,
            )
            for one in keys
        )


def hand_in(seminar: Seminar, *members: str) -> list[Submission]:
    """One of the group hands in for all."""
    seminar.now += timedelta(minutes=1)
    with seminar.inside():
        key, assignment = uuid4(), seminar.assignment
        made = [
            Submission.objects.create(
                assignment=assignment,
                enrollment=one,
                student_id=one.student_id,
                course_id=one.course_id,
                text="<p>Ours.</p>",
                submitted_at=clock.now(),
                group_key=key,
            )
            for one in (a_student(seminar.twin, name) for name in members)
        ]
        publish(SubmissionsReceived(assignment.pk, tuple(one.pk for one in made)))
    return made


def all_hand_in(seminar: Seminar) -> None:
    for members in GROUPS.values():
        hand_in(seminar, *members)


def group_of(name: str) -> str:
    return next(group for group, members in GROUPS.items() if name in members)


def pairs(seminar: Seminar) -> list[tuple[str, str]]:
    """Reviewers, and the group whose work they were given."""
    open_ones = seminar.reviews(closed_at=None)
    return [(one.reviewer.code, group_of(one.student.code)) for one in open_ones]


def written(seminar: Seminar, group: str, *scores: float) -> None:
    own = [one for one in seminar.reviews(closed_at=None) if group_of(one.student.code) == group]
    for review, score in zip(own, scores, strict=True):
        seminar.write(review, score)


def grades(seminar: Seminar) -> dict[str, Decimal | None]:
    with seminar.inside():
        found = Grade.objects.filter(assignment=seminar.assignment)
        return dict(found.values_list("student__code", "points"))


def test_a_groups_work_is_reviewed_once_and_by_others(seminar: Seminar) -> None:
    all_hand_in(seminar)
    found = pairs(seminar)
    assert Counter(group for _reviewer, group in found) == dict.fromkeys(GROUPS, 2)
    assert max(Counter(found).values()) == 1
    assert all(group_of(reviewer) != group for reviewer, group in found)


def test_all_of_a_group_get_its_result_each_by_their_own_lateness(seminar: Seminar) -> None:
    seminar.done("tom", "PATCH", f"courses/{seminar.assignment.course_id}/grading", latePercent=10)
    all_hand_in(seminar)
    with seminar.inside():
        Submission.objects.filter(student=seminar.twin.people["मीरा"]).filter(
            assignment=seminar.assignment
        ).update(submitted_at=DUE + timedelta(hours=1))
    written(seminar, "red", 8, 9)
    assert grades(seminar) == {"lena": Decimal("8.50"), "मीरा": Decimal("7.50")}
    with seminar.inside():
        told = Notification.objects.filter(key="ASSESS_PEER_GRADED")
        assert told.count() == 2
    own = f"learning/assignments/{seminar.assignment.pk}/peer-reviews"
    shown = [seminar.done(name, "GET", own) for name in GROUPS["red"]]
    assert shown[0] == shown[1]
    assert (shown[0]["score"], len(shown[0]["reviews"])) == (8.5, 2)


def test_a_removed_grade_of_a_member_is_that_of_the_group_again(seminar: Seminar) -> None:
    all_hand_in(seminar)
    written(seminar, "red", 8, 8)
    with seminar.inside():
        key = a_student(seminar.twin, "मीरा").pk
    path = f"assignments/{seminar.assignment.pk}/grades/{key}"
    seminar.done("tom", "PUT", path, points=3, version=1)
    seminar.done("tom", "PUT", path, version=2)
    assert grades(seminar)["मीरा"] == Decimal("8.00")


def test_who_leaves_a_group_leaves_its_work(seminar: Seminar) -> None:
    all_hand_in(seminar)
    before = {one.pk for one in seminar.reviews() if group_of(one.student.code) == "red"}
    with seminar.inside():
        withdraw(
            principal=seminar.twin.principal("tom"),
            enrollment_id=a_student(seminar.twin, "lena").pk,
            reason="",
        )
    after = seminar.reviews(closed_at=None)
    assert before <= {one.pk for one in after}
    assert "lena" not in {one.reviewer.code for one in after}
    written(seminar, "red", 6, 6)
    assert grades(seminar)["मीरा"] == Decimal("6.00")


def test_who_changes_groups_reviews_neither_old_nor_new_work(seminar: Seminar) -> None:
    all_hand_in(seminar)
    with seminar.inside():
        group_set = GroupSet.objects.get(pk=seminar.assignment.group_set_id)
    reviewer = next(one for one, group in pairs(seminar) if group == "green")
    own = group_of(reviewer)
    grouped(seminar, group_set, "green", *GROUPS["green"], reviewer)
    seminar.ask("tom", "POST", f"assignments/{seminar.assignment.pk}/peer-reviews/allocate")
    assert not {(reviewer, "green"), (reviewer, own)} & set(pairs(seminar))
    assert not {(one, own) for one in GROUPS["green"]} & set(pairs(seminar))


def test_managers_see_and_review_a_groups_work_once(seminar: Seminar) -> None:
    hand_in(seminar, *GROUPS["red"])
    path = f"assignments/{seminar.assignment.pk}/peer-reviews"
    (work,) = seminar.done("tom", "GET", f"{path}?only=BLOCKED")
    with seminar.inside():
        meera = a_student(seminar.twin, "मीरा").pk
    seminar.now = DUE + timedelta(days=1)
    seminar.done("tom", "PUT", f"{path}/{meera}", score=5)
    (again,) = seminar.done("tom", "GET", path)
    assert (again["submissionId"], again["blocked"]) == (work["submissionId"], None)
    assert grades(seminar) == {"lena": Decimal("5.00"), "मीरा": Decimal("5.00")}


def test_the_worker_completes_groups_once(seminar: Seminar) -> None:
    all_hand_in(seminar)
    first: Any = next(one for one in seminar.reviews() if group_of(one.student.code) == "blue")
    seminar.write(first, 7)
    seminar.now = DUE + timedelta(days=30)
    with seminar.inside():
        services.close_due_reviews()
        services.complete_results()
        assert services.complete_results() == 0
        assert PeerReview.objects.filter(closed_at=None).count() == 1
    assert grades(seminar) == {"sven": Decimal("7.00"), "omar": Decimal("7.00")}
