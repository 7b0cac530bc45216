"""Whom a notification is for. Who that is, is found out when it is sent."""

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
    """A student's parents: OptiCRM is asked, and asked again while it is down."""

    student_id: int


@dataclass(frozen=True)
class StudentsOf:
    """Who is enrolled in a course and has access to it then."""

    course_id: int


@dataclass(frozen=True)
class CandidatesFor:
    """The students whom a course is aimed at and who aren't enrolled in it."""

    course_id: int


@dataclass(frozen=True)
class TeachersOf:
    """A course's creator and co-teachers."""

    course_id: int


Audience = People | ParentsOf | StudentsOf | CandidatesFor | TeachersOf
_KINDS = {kind.__name__: kind for kind in (ParentsOf, StudentsOf, CandidatesFor, TeachersOf)}


def audience_of(to: Audience | Sequence[int] | int) -> Audience:
    """One person or several, by their ids, or an audience as it is."""
    if isinstance(to, int):
        return People((to,))
    if isinstance(to, Sequence):
        return People(tuple(dict.fromkeys(to)))
    return to


def to_json(audience: Audience) -> dict[str, Any]:
    """As it is kept; people's ids are kept apart."""
    return (
        {} if isinstance(audience, People) else {"kind": type(audience).__name__} | asdict(audience)
    )


def from_json(kept: dict[str, Any]) -> Audience:
    """What :func:`to_json` made of an audience that isn't people's ids."""
    values = dict(kept)
    return _KINDS[values.pop("kind")](**values)
