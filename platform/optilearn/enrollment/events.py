"""The events of enrollments; each tells of a batch, which is never empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optilearn.core.events import Event, publish


@dataclass(frozen=True)
class Subject:
    """One enrollment that something happened to."""

    enrollment_id: int
    student_id: int
    course_id: int
    lesson_id: int | None = None


@dataclass(frozen=True)
class EnrollmentEvent(Event):
    """The same thing happened to these enrollments."""

    subjects: tuple[Subject, ...]


class Enrolled(EnrollmentEvent):
    """New students of a course, also from the waiting list."""


class Promoted(EnrollmentEvent):
    """Students who were enrolled from the waiting list; published after ``Enrolled``."""


class Withdrawn(EnrollmentEvent):
    """Students who left, or whom staff took out."""


class Returned(EnrollmentEvent):
    """Students who came back, with all their work."""


class Expired(EnrollmentEvent):
    """Enrollments whose end has passed, as the sweep writes it down."""


@dataclass(frozen=True)
class LessonsAchieved(Event):
    """Students who completed a lesson or passed its quiz; one of the two may be empty.

    One event for both, so that who has a row for each student can lock them all in one order.
    """

    completed: tuple[Subject, ...] = ()
    passed: tuple[Subject, ...] = ()
    """Also those who had passed it before."""


class CourseCompleted(EnrollmentEvent):
    """Students who completed their course."""


def publish_batch(event: type[EnrollmentEvent], subjects: Sequence[Subject]) -> None:
    """Publish an event of these enrollments; nothing happens for an empty batch."""
    if subjects:
        publish(event(tuple(subjects)))
