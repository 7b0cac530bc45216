"""The reviewers of an assignment, and the work to be reviewed.

A group that hands in one piece of work is reviewed once, under the first of its members by
enrollment; all who share it are kept from each other's work.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from optilearn.assessment.models import Assignment, GroupMember, Submission
from optilearn.assessment.peer_reviews.allocation import Participant
from optilearn.core import clock
from optilearn.core.sql import compose, rows
from optilearn.enrollment.rules import ENROLLMENTS, holds_seat
from optilearn.people.rules import PEOPLE, active

_NEWEST: Final = compose(
    """
    SELECT DISTINCT ON (s.enrollment_id) s.enrollment_id, s.student_id, s.id, s.group_key,
           <holds_seat> AND (e.expires_at IS NULL OR e.expires_at > %(now)s)
             AND <active> AS takes_part
      FROM assessment_submission s
      JOIN <enrollments> ON e.institution_id = s.institution_id AND e.id = s.enrollment_id
      <person>
     WHERE s.assignment_id = %(assignment)s AND NOT s.is_banked AND s.attempt_id IS NULL
     ORDER BY s.enrollment_id, s.submitted_at DESC, s.id DESC
    """,
    enrollments=ENROLLMENTS.aliased("e"),
    holds_seat=holds_seat("e"),
    person=PEOPLE.joined("p", "s.student_id"),
    active=active("p"),
)


@dataclass(frozen=True)
class Work:
    """The newest submission of a student."""

    enrollment_id: int
    student_id: int
    id: int
    """The submission's."""
    group_key: UUID | None
    takes_part: bool
    """The student takes the course now."""

    @property
    def piece(self) -> Hashable:
        """The same for all who handed it in together."""
        return self.group_key or self.enrollment_id


@dataclass(frozen=True)
class Pool:
    """Reviewers, and the work to be reviewed, by enrollments."""

    reviewers: dict[int, Work]
    """Students who take the course now, with their own newest work."""
    works: dict[int, Work]
    """Each piece of work once, by its author; it is there while one of its group takes part."""
    groups: dict[int, int]
    """Students who share work, or did, or are in one group now, have the same number."""

    def allows(self, reviewer: int | None, author: int) -> bool:
        """Return True if an open review may stay as it is."""
        own = self.groups.get(author)
        is_shared = own is not None and reviewer is not None and self.groups.get(reviewer) == own
        return reviewer in self.reviewers and author in self.works and not is_shared

    def participants(self) -> list[Participant]:
        """The students for the allocation."""
        return [
            Participant(key, self.groups.get(key), key in self.reviewers, key in self.works)
            for key in sorted(self.reviewers.keys() | self.works.keys())
        ]


def pool_of(assignment: Assignment) -> Pool:
    """Return those who may review, and the work. One query, three where groups hand in."""
    given = {"assignment": assignment.pk, "now": clock.now()}
    newest = [Work(**one) for one in rows(_NEWEST, given)]
    alive = {one.piece for one in newest if one.takes_part}
    first: dict[Hashable, Work] = {}
    for one in sorted(newest, key=lambda work: work.enrollment_id):
        first.setdefault(one.piece, one)
    return Pool(
        {one.enrollment_id: one for one in newest if one.takes_part},
        {one.enrollment_id: one for one in first.values() if one.piece in alive},
        {} if assignment.group_set_id is None else _groups(assignment),
    )


def sharing(assignment: Assignment, enrollment_id: int) -> list[Submission]:
    """Return the newest submissions of all who share a student's work, the author's first.

    Only the student's own without groups; none without work. At most two queries.
    """
    work = Submission.objects.filter(assignment_id=assignment.pk, attempt=None, is_banked=False)
    order = ("enrollment_id", "-submitted_at", "-id")
    own = work.filter(enrollment_id=enrollment_id).order_by(*order).defer("text").first()
    if own is None or own.group_key is None:
        return [] if own is None else [own]
    members = work.filter(group_key=own.group_key).values("enrollment_id")
    newest = work.filter(enrollment_id__in=members).order_by(*order).distinct("enrollment_id")
    return [one for one in newest.defer("text") if one.group_key == own.group_key]


def _groups(assignment: Assignment) -> dict[int, int]:
    together = Submission.objects.filter(assignment_id=assignment.pk, group_key__isnull=False)
    members = GroupMember.objects.filter(group_set_id=assignment.group_set_id)
    return _joined(
        [
            *together.values_list("enrollment_id", "group_key"),
            *members.values_list("enrollment_id", "group_id"),
        ]
    )


def _joined(memberships: Iterable[tuple[int, Hashable]]) -> dict[int, int]:
    """Number students so that all who are connected by memberships have the same number."""
    number: dict[int, int] = {}
    by_group: dict[Hashable, int] = {}
    for enrollment_id, group in memberships:
        old = number.get(enrollment_id)
        new = by_group.setdefault(group, enrollment_id if old is None else old)
        number[enrollment_id] = new
        if old is not None and new != old:  # one student joins two groups, which is rare
            number = {key: new if one == old else one for key, one in number.items()}
            by_group = {key: new if one == old else one for key, one in by_group.items()}
    return number
