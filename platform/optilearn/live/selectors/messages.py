"""Facts about live classes, for messages. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from optilearn.live.models import Attendance, LiveClass


@dataclass(frozen=True)
class ClassSummary:
    """A live class, in short."""

    id: int
    title: str
    course_id: int
    course_title: str
    starts_at: datetime
    ends_at: datetime
    notice_count: int


@dataclass(frozen=True)
class Absence:
    """A student who wasn't in a class."""

    class_id: int
    title: str
    course_id: int
    course_title: str
    starts_at: datetime
    student_id: int
    student_name: str


def class_summary(class_id: int) -> ClassSummary:
    """Return a live class that is there. One query."""
    columns = ("id", "title", "course_id", "course__title", "starts_at", "ends_at", "notice_count")
    return ClassSummary(*LiveClass.objects.values_list(*columns).get(pk=class_id))


def open_starts(class_ids: Collection[int]) -> dict[int, datetime]:
    """Return the starts of those of the classes that aren't over or cancelled. One query."""
    open_ones = LiveClass.objects.filter(
        pk__in=class_ids, status__in=[LiveClass.Status.SCHEDULED, LiveClass.Status.LIVE]
    )
    return dict(open_ones.values_list("id", "starts_at"))


def absences(attendance_ids: Collection[int]) -> list[Absence]:
    """Return those of the rows that say that a student was absent. One query."""
    found = Attendance.objects.filter(pk__in=attendance_ids, status=Attendance.Status.ABSENT)
    columns = (
        *("live_class_id", "live_class__title", "course_id", "course__title"),
        *("live_class__starts_at", "student_id", "student__name"),
    )
    return [Absence(*one) for one in found.order_by("id").values_list(*columns)]


def absent_students(class_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return (class, student) of all who are absent by now from these classes. One query."""
    found = Attendance.objects.filter(live_class_id__in=class_ids, status=Attendance.Status.ABSENT)
    return set(found.values_list("live_class_id", "student_id"))
