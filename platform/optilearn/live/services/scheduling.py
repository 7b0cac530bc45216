"""Scheduling live classes, alone or as a series."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid
from optilearn.core.events import publish
from optilearn.core.recurrence.parsing import RuleError
from optilearn.courses.models import Lesson
from optilearn.courses.selectors.messages import teacher_ids
from optilearn.courses.services.richtext import plain
from optilearn.enrollment.selectors.access import lesson_facts
from optilearn.enrollment.selectors.entering import managed_course
from optilearn.live import rules, series
from optilearn.live.events import LiveClassesScheduled
from optilearn.live.models import LiveClass, LiveSeries
from optilearn.people.selectors import names_of

_ROOM_BYTES: Final = 16


@dataclass(frozen=True)
class Plan:
    """A live class to be scheduled; with a rule, the first of a series."""

    title: str
    starts_at: datetime
    """An instant, or a local time of the institution's zone."""
    minutes: int
    lesson_id: int | None = None
    host_id: int | None = None
    threshold_percent: int | None = None
    rule: str = ""


@transaction.atomic
def schedule(*, principal: Principal, course_id: int, plan: Plan) -> int:
    """Schedule a live class, or a series of them; return the id of the first.

    Students are notified once, also of a series. Raises ``AppError``: FORBIDDEN; NOT_FOUND for a
    course, lesson or person that isn't there; CONFLICT for an archived course; VALIDATION_ERROR
    for a time that is past, a rule that can't be used, a lesson of another kind or course, and a
    host who doesn't teach the course.
    """
    course = managed_course(principal, course_id)
    if course.status == "ARCHIVED":
        raise AppError(ErrorCode.CONFLICT, _("This course is archived."))
    _check_lesson(course_id, plan.lesson_id)
    host_id = host_of(principal, course_id, plan.host_id)
    starts, canonical = _starts(plan, course.zone)
    check_is_ahead(starts[0])
    batch = LiveSeries.objects.create(course_id=course_id, rule=canonical) if canonical else None
    classes = LiveClass.objects.bulk_create(
        LiveClass(
            course_id=course_id,
            lesson_id=plan.lesson_id,
            series=batch,
            title=plain(plan.title),
            starts_at=start,
            ends_at=start + timedelta(minutes=plan.minutes),
            host_id=host_id,
            room=new_room(),
            threshold_percent=plan.threshold_percent,
            notice_count=1,
        )
        for start in starts
    )
    audit.record(
        action="live_class.schedule",
        actor=principal,
        target=f"live-class:{classes[0].pk}",
        details={"course": course_id, "classes": len(classes)},
    )
    publish(LiveClassesScheduled(classes[0].pk, len(classes) - 1))
    return classes[0].pk


def new_room() -> str:
    """Return the name of a room that nobody can guess: 32 lower-case hexadecimal digits."""
    return secrets.token_hex(_ROOM_BYTES)


def host_of(principal: Principal, course_id: int, wanted: int | None) -> int:
    """Return the host: who is wanted, else the caller or another teacher of the course.

    Raises ``AppError``: NOT_FOUND, VALIDATION_ERROR for one who isn't a teacher of the course.
    """
    teachers = teacher_ids(course_id)
    if wanted is None:
        own = principal.person_id in teachers or not teachers
        return principal.person_id if own else teachers[0]
    if wanted not in teachers and wanted != principal.person_id:
        if not names_of([wanted]):
            raise not_found()
        raise invalid(_("The host must be a teacher of this course."), "/hostId")
    return wanted


def check_is_ahead(start: datetime) -> None:
    """Raises ``AppError`` VALIDATION_ERROR for a class whose doors would have opened already."""
    if start < clock.now() - rules.STUDENTS_BEFORE:
        raise invalid(_("A live class can't be scheduled in the past."), "/startsAt")


def _check_lesson(course_id: int, lesson_id: int | None) -> None:
    if lesson_id is None:
        return
    lesson = lesson_facts(lesson_id)
    if lesson is None or lesson.is_archived:
        raise not_found()
    if lesson.course_id != course_id or lesson.kind != Lesson.Kind.LIVE:
        raise invalid(_("Choose a lesson of this course that is a live class."), "/lessonId")


def _starts(plan: Plan, zone: ZoneInfo) -> tuple[Sequence[datetime], str]:
    """Return the starts and the canonical rule, which is empty for a class alone."""
    if not plan.rule:
        return [series.instant(plan.starts_at, zone)], ""
    try:
        dates = series.dates_of(plan.rule, series.local_of(plan.starts_at, zone), zone)
    except RuleError as error:
        raise invalid(str(error), "/rule") from error
    return dates.starts, dates.rule
