"""Audiences: the recipients of a notification, looked up when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class People:
    """These people, by our ids."""

    ids: tuple[int, ...]


@dataclass(frozen=True)
class ParentsOf:
    """A student's parents, looked up in OptiCRM, and again while it is down."""

    student_id: int


@dataclass(frozen=True)
class StudentsOf:
    """The students who are enrolled in a course and have access to it at that time."""

    course_id: int


@dataclass(frozen=True)
class LearnersOf:
    """The students whose enrollment opens a course's lessons, also who has completed it."""

    course_id: int


@dataclass(frozen=True)
class CandidatesFor:
    """The students a course is targeted at who aren't enrolled in it."""

    course_id: int


@dataclass(frozen=True)
class TeachersOf:
    """A course's creator and co-teachers."""

    course_id: int


@dataclass(frozen=True)
class ReadersOf:
    """The people whom an announcement is for; nobody once it is withdrawn or over."""

    announcement_id: int


@dataclass(frozen=True)
class ConcernedBy:
    """The followers of a post's thread and the people it mentions, without its author."""

    post_id: int


Audience = (
    People
    | ParentsOf
    | StudentsOf
    | LearnersOf
    | CandidatesFor
    | TeachersOf
    | ReadersOf
    | ConcernedBy
)
_KINDS = {
    kind.__name__: kind
    for kind in (
        ParentsOf,
        StudentsOf,
        LearnersOf,
        CandidatesFor,
        TeachersOf,
        ReadersOf,
        ConcernedBy,
    )
}


def audience_of(to: Audience | Sequence[int] | int) -> Audience:
    """Return one person or several, by their ids, or an audience as it is."""
    if isinstance(to, int):
        return People((to,))
    if isinstance(to, Sequence):
        return People(tuple(dict.fromkeys(to)))
    return to


def to_json(audience: Audience) -> dict[str, Any]:
    """Convert to the stored form; people's ids are stored in a column of their own."""
    return (
        {} if isinstance(audience, People) else {"kind": type(audience).__name__} | asdict(audience)
    )


def from_json(value: dict[str, Any]) -> Audience:
    """Return the audience of what :func:`to_json` returned, unless that was people's ids."""
    values = dict(value)
    return _KINDS[values.pop("kind")](**values)
