"""Points, badges and certificates for records that were loaded, by the product's own rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from optilearn.courses.models import Course
from optilearn.enrollment.events import Subject
from optilearn.enrollment.models import Enrollment, LessonProgress
from optilearn.recognition.certificates.services import issue_in_the_past
from optilearn.recognition.models import Badge, CertificateSettings
from optilearn.recognition.points.services import earn_in_the_past

_BADGES: Final = (
    ("First steps", "Ten lessons completed.", "lessonsCompleted", 10),
    ("Bookworm", "A hundred lessons completed.", "lessonsCompleted", 100),
    ("All week long", "Something achieved on seven days in a row.", "streakDays", 7),
    ("First course", "A course completed.", "coursesCompleted", 1),
)
_VALID_MONTHS: Final = {"Computer Science": 24, "Environmental Studies": 36}
"""By category; other certificates never expire. Long enough that nobody is reminded of an end while
the school is shown."""


def reward(zone: ZoneInfo) -> None:
    """Give what students had earned by the records, day by day. Nobody is notified.

    A few statements for each day of the zone on which something was completed.
    """
    for title, description, count, at_least in _BADGES:
        rule = {"all": [{"count": count, "atLeast": at_least}]}
        Badge.objects.create(title=title, description=description, rule=rule)
    CertificateSettings.objects.bulk_create(
        CertificateSettings(
            course=course, is_enabled=True, valid_months=_VALID_MONTHS.get(course.category)
        )
        for course in Course.objects.exclude(published_at=None)
    )
    lessons, courses = _lessons_by_day(zone), _courses_by_day(zone)
    for day in sorted({*lessons, *courses}):
        at = max(moment for moment, _one in [*lessons[day], *courses[day]])
        done = [one for _moment, one in courses[day]]
        earn_in_the_past(at=at, lessons=[one for _moment, one in lessons[day]], courses=done)
        if done:
            issue_in_the_past(at=at, enrollment_ids=[one.enrollment_id for one in done])


_Completed = defaultdict[date, list[tuple[datetime, Subject]]]


def _lessons_by_day(zone: ZoneInfo) -> _Completed:
    found = LessonProgress.objects.filter(status=LessonProgress.Status.COMPLETED)
    return _by_day(
        (
            (completed_at, Subject(*keys))
            for completed_at, *keys in found.values_list(
                "completed_at", "enrollment_id", "student_id", "course_id", "lesson_id"
            )
        ),
        zone,
    )


def _courses_by_day(zone: ZoneInfo) -> _Completed:
    found = Enrollment.objects.all()
    return _by_day(
        (
            (completed_at, Subject(*keys))
            for completed_at, *keys in found.values_list(
                "completed_at", "id", "student_id", "course_id"
            )
        ),
        zone,
    )


def _by_day(completed: Iterable[tuple[datetime | None, Subject]], zone: ZoneInfo) -> _Completed:
    days: _Completed = defaultdict(list)
    for moment, one in completed:
        if moment is None:
            continue
        days[moment.astimezone(zone).date()].append((moment, one))
    return days
