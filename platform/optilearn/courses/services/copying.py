"""A course again: the same content, all dates moved."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.events import publish
from optilearn.core.tenancy.context import require_institution_id
from optilearn.courses.events import CourseCopied
from optilearn.courses.models import Caption, Course, Lesson, Module, Prerequisite
from optilearn.courses.policies import manages, require_author
from optilearn.courses.schemas import CopyIn
from optilearn.courses.services.courses import save_course
from optilearn.institutions.selectors import institution_by_id


@transaction.atomic
def copy_course(*, principal: Principal, course_id: int, wanted: CopyIn) -> int:
    """Copy a course into a new DRAFT of the principal's; return its id.

    Dates move by the days from the old start to the new one, and keep their local time of day
    where the clocks change in between. Modules, lessons, prerequisites and targets are copied;
    people, their work, overrides, co-teachers and ratings are not. Raises ``AppError``.
    """
    require_author(principal)
    source = Course.objects.filter(pk=course_id).first()
    if source is None:
        raise not_found()
    days = 0
    if wanted.starts_on and source.starts_on:
        days = (wanted.starts_on - source.starts_on).days
    copy = _copy_of(source, principal, wanted, days)
    save_course(copy)
    lessons = _copy_content(course_id, copy.pk, days)
    _copy_captions(copy.pk, lessons)
    Prerequisite.objects.bulk_create(
        Prerequisite(course_id=copy.pk, requires_id=other)
        for other in source.prerequisites.values_list("requires_id", flat=True)
    )
    audit.record(
        action="course.copy",
        actor=principal,
        target=f"course:{copy.pk}",
        details={"from": course_id, "days": days},
    )
    by_manager = manages(principal, course_id)
    publish(CourseCopied(course_id, copy.pk, days, lessons, by_manager))
    return copy.pk


def _copy_of(source: Course, principal: Principal, wanted: CopyIn, days: int) -> Course:
    return Course(
        code=wanted.code,
        title=wanted.title or source.title,
        description=source.description,
        category=source.category,
        tags=source.tags,
        starts_on=wanted.starts_on or source.starts_on,
        ends_on=_moved_date(source.ends_on, days),
        length_days=source.length_days,
        # A copy for another time is in another term, which its maker chooses.
        term_id=None if days else source.term_id,
        creator_id=principal.person_id,
        max_enrollments=source.max_enrollments,
        list_price=source.list_price,
        currency=source.currency,
        target_class_ids=source.target_class_ids,
        target_section_ids=source.target_section_ids,
        self_enrollment=source.self_enrollment,
        access_days=source.access_days,
        cover_id=source.cover_id,
        updated_at=now(),
    )


def _copy_content(course_id: int, copy_id: int, days: int) -> dict[int, int]:
    """Copy modules and lessons, in four queries; the old lessons' ids to the new ones."""
    zone = ZoneInfo(institution_by_id(require_institution_id()).time_zone)
    old_modules = list(Module.objects.filter(course_id=course_id).order_by("position", "id"))
    new_modules = Module.objects.bulk_create(
        Module(course_id=copy_id, title=m.title, description=m.description, position=m.position)
        for m in old_modules
    )
    module_ids = {old.pk: new.pk for old, new in zip(old_modules, new_modules, strict=True)}
    live = Lesson.objects.filter(course_id=course_id, archived_at=None)
    old_lessons = list(live.order_by("position", "id"))
    new_lessons = Lesson.objects.bulk_create(
        Lesson(
            course_id=copy_id,
            module_id=module_ids[old.module_id],
            title=old.title,
            kind=old.kind,
            position=old.position,
            content=old.content,
            file_id=old.file_id,
            embed_url=old.embed_url,
            duration_seconds=old.duration_seconds,
            is_required=old.is_required,
            completion=old.completion,
            completion_threshold=old.completion_threshold,
            unlock_at=moved(old.unlock_at, days, zone),
            unlock_after_days=old.unlock_after_days,
            closes_at=moved(old.closes_at, days, zone),
        )
        for old in old_lessons
    )
    return {old.pk: new.pk for old, new in zip(old_lessons, new_lessons, strict=True)}


def _copy_captions(copy_id: int, lessons: dict[int, int]) -> None:
    """The captions of the lessons, whose files both courses use from now on."""
    Caption.objects.bulk_create(
        Caption(
            course_id=copy_id,
            lesson_id=lessons[old.lesson_id],
            language=old.language,
            label=old.label,
            file_id=old.file_id,
            cues=old.cues,
            report=old.report,
            updated_at=now(),
        )
        for old in Caption.objects.filter(lesson_id__in=list(lessons))
    )


def _moved_date(day: date | None, days: int) -> date | None:
    return day + timedelta(days) if day else None


def moved(instant: datetime | None, days: int, zone: ZoneInfo) -> datetime | None:
    """Return the same local time of day, ``days`` later in the zone.

    A time that the clocks skip becomes the one as much later (PEP 495, fold 0).
    """
    if instant is None:
        return None
    local = instant.astimezone(zone).replace(tzinfo=None) + timedelta(days)
    return local.replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))
