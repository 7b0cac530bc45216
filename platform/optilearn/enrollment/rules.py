"""Rules about enrollments: each as an SQL fragment and as Python, which a test compares.

The fragments speak of a row of enrollments by its alias; moments are SQL too (``%(now)s``, a
column). Apps above compose them into their statements.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from optilearn.core.sql import Relation, any_of, compose, quoted
from optilearn.enrollment.models import Enrollment, LessonProgress, WaitingEntry

Status = Enrollment.Status

ENROLLMENTS: Final = Relation("enrollment_enrollment")
"""Students in courses, with their status, start and end."""

STATES: Final = {
    member.name.lower(): quoted(member)
    for states in (Enrollment.Status, LessonProgress.Status, WaitingEntry.Status)
    for member in states
}
"""SQL by name: ``<active>``, ``<started>``, ``<waiting>`` …"""

HOLDING: Final = frozenset({Status.ACTIVE.value, Status.COMPLETED.value})
"""The states of an enrollment that hold a seat."""


def holds_seat(enrollment: str = "e") -> str:
    """The enrollment takes one of the course's seats."""
    return f"{enrollment}.status IN {any_of(Status.ACTIVE, Status.COMPLETED)}"


def is_holding(status: str) -> bool:
    """Return True if an enrollment of that status takes one of the course's seats."""
    return status in HOLDING


def in_force(enrollment: str = "e", at: str = "%(now)s") -> str:
    """The student takes the course at that moment: ACTIVE, and its end isn't past."""
    e = enrollment
    return (
        f"({e}.status = {quoted(Status.ACTIVE)} AND ({e}.expires_at IS NULL"
        f" OR {e}.expires_at > {at}))"
    )


def is_in_force(status: str, expires_at: datetime | None, at: datetime) -> bool:
    """Return True if the student takes the course at that moment."""
    return status == Status.ACTIVE and (expires_at is None or expires_at > at)


def status_at(enrollment: str = "e", at: str = "%(now)s") -> str:
    """The status as it reads: a passed end is EXPIRED at once, before the sweep writes it."""
    e = enrollment
    return (
        f"CASE WHEN {e}.status = {quoted(Status.ACTIVE)} AND {e}.expires_at <= {at}"
        f" THEN {quoted(Status.EXPIRED)} ELSE {e}.status END"
    )


def status_on(status: str, expires_at: datetime | None, at: datetime) -> str:
    """Return the status as it reads at that moment."""
    has_lapsed = status == Status.ACTIVE and expires_at is not None and expires_at <= at
    return Status.EXPIRED.value if has_lapsed else status


def opening(enrollment: str = "e", at: str = "%(now)s") -> str:
    """The enrollment opens lessons at that moment: it holds a seat, and its end isn't past."""
    e = enrollment
    return f"({holds_seat(e)} AND ({e}.expires_at IS NULL OR {e}.expires_at > {at}))"


def opens_lessons(status: str, expires_at: datetime | None, at: datetime) -> bool:
    """Return True if the enrollment opens lessons: it holds a seat, and its end isn't past."""
    return is_holding(status) and (expires_at is None or expires_at > at)


def withdrawn(enrollment: str = "e") -> str:
    """The student has left the course, or was taken out of it."""
    return f"{enrollment}.status = {quoted(Status.WITHDRAWN)}"


def is_withdrawn(status: str) -> bool:
    """Return True if a student with an enrollment of that status has left the course."""
    return status == Status.WITHDRAWN


def was_in_force(enrollment: str, at: str) -> str:
    """The student had access at that moment of the past; NULL counts as false.

    COMPLETED ones always had; EXPIRED ones until their end, WITHDRAWN ones until they left.
    """
    e = enrollment
    return (
        f"({e}.status = {quoted(Status.COMPLETED)}"
        f" OR {e}.status IN {any_of(Status.ACTIVE, Status.EXPIRED)}"
        f" AND ({e}.status = {quoted(Status.ACTIVE)} OR {e}.expires_at IS NOT NULL)"
        f" AND {at} < coalesce({e}.expires_at, 'infinity')"
        f" OR {e}.status = {quoted(Status.WITHDRAWN)} AND {at} <= {e}.withdrawn_at)"
    )


def had_access(
    status: str, expires_at: datetime | None, withdrawn_at: datetime | None, at: datetime
) -> bool:
    """Return True if the student had access at that moment of the past."""
    if status == Status.ACTIVE:
        return expires_at is None or at < expires_at
    if status == Status.EXPIRED:
        return expires_at is not None and at < expires_at
    if status == Status.WITHDRAWN:
        return withdrawn_at is not None and at <= withdrawn_at
    return status == Status.COMPLETED


def completed_once(enrollment: str = "e") -> str:
    """The course was completed, whatever became of the enrollment since."""
    e = enrollment
    return f"({e}.status = {quoted(Status.COMPLETED)} OR {e}.completed_at IS NOT NULL)"


def has_completed_once(status: str, completed_at: datetime | None) -> bool:
    """Return True if the course was completed, whatever became of the enrollment since."""
    return status == Status.COMPLETED or completed_at is not None


def last_seen(enrollment: str = "e") -> str:
    """The last moment that the student was in the course; joining it is one too."""
    return f"greatest({enrollment}.last_activity_at, {enrollment}.enrolled_at)"


def seen_last(last_activity_at: datetime | None, enrolled_at: datetime | None) -> datetime | None:
    """Return the last moment that the student was in the course."""
    return max(filter(None, (last_activity_at, enrolled_at)), default=None)


def stated(statement: str, **parts: str) -> str:
    """The statement with its ``<parts>`` and its ``<states>``."""
    return compose(statement, **STATES, **parts)
