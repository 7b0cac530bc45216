"""The events of assessment."""

from __future__ import annotations

from dataclasses import dataclass

from optilearn.core.events import Event


@dataclass(frozen=True)
class SubmissionsReceived(Event):
    """Work was handed in for an assignment: by one student, or by one for a group.

    Attempts at quizzes aren't among them. While the assignment is anonymous, markers aren't to be
    given the names of its students.
    """

    assignment_id: int
    submission_ids: tuple[int, ...]
    """One for each student whose work it is; the first is of who handed it in."""


@dataclass(frozen=True)
class SubmissionsReturned(Event):
    """Work was returned for revision, with a comment."""

    submission_ids: tuple[int, ...]
    comment: str


@dataclass(frozen=True)
class GradesReleased(Event):
    """Students see these grades from now on, or see other points than before."""

    grade_ids: tuple[int, ...]
    is_by_peers: bool = False
    """They are the first ones by peers' reviews, of which students hear by another message."""


@dataclass(frozen=True)
class PeerReviewsAssigned(Event):
    """Students were asked to review the work of peers."""

    review_ids: tuple[int, ...]


@dataclass(frozen=True)
class PeerReviewsCompleted(Event):
    """All reviews of a student's work are in, and the student may see them."""

    submission_id: int
    """In effect when the last one came in."""
