"""Writes about courses: create, update, move, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from optilearn.core import audit
from optilearn.core.access.policies import refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.courses.events import CoursePublished, DeletingLessons, SeatLimitChanged
from optilearn.courses.models import CoTeacher, Course, Lesson, Prerequisite
from optilearn.courses.policies import managed, require_author
from optilearn.courses.services.files import stop_using, use_file
from optilearn.courses.services.richtext import plain, sanitized
from optilearn.crm.selectors import unknown_classes, unknown_sections
from optilearn.institutions.selectors import term_exists
from optilearn.people.selectors import people_of_roles

_STEPS: Final = ("DRAFT", "REVIEW", "PUBLISHED", "ARCHIVED")


@transaction.atomic
def create_course(*, principal: Principal, values: Mapping[str, Any]) -> int:
    """Create a DRAFT of the principal's; return its id.

    ``values`` are fields of ``CourseIn`` by their Python names. Raises ``AppError``: FORBIDDEN,
    CONFLICT for a code in use, VALIDATION_ERROR.
    """
    require_author(principal)
    course = Course(creator_id=principal.person_id)
    _assign(course, values)
    _use_cover(principal, course, None)
    save_course(course)
    audit.record(action="course.create", actor=principal, target=f"course:{course.pk}")
    return course.pk


@transaction.atomic
def update_course(*, principal: Principal, course_id: int, values: Mapping[str, Any]) -> None:
    """Change what ``values`` names. Raises ``AppError``."""
    course = managed(principal, course_id, lock=True)
    seats, cover = course.max_enrollments, course.cover_id
    _assign(course, values)
    _use_cover(principal, course, cover)
    save_course(course)
    if cover is not None and cover != course.cover_id:
        stop_using(cover)
    audit.record(
        action="course.update",
        actor=principal,
        target=f"course:{course_id}",
        details={"fields": sorted(values)},
    )
    if course.max_enrollments != seats:
        publish(SeatLimitChanged(course_id))


@transaction.atomic
def move_course(*, principal: Principal, course_id: int, status: str) -> None:
    """Move a course onwards: DRAFT, REVIEW, PUBLISHED, ARCHIVED. Raises ``AppError``.

    ``published_at`` is stamped once. Sent again it does no harm.
    """
    course = managed(principal, course_id, lock=True)
    if status == course.status:
        return
    if _STEPS.index(status) < _STEPS.index(course.status):
        raise AppError(
            ErrorCode.CONFLICT,
            _("A course can't go back to an earlier status. Copy it to start again."),
            {"status": course.status},
        )
    before, course.status = course.status, status
    if status == Course.Status.PUBLISHED:
        course.published_at = course.published_at or now()
    if status == Course.Status.ARCHIVED:
        course.archived_at = now()
    save_course(course)
    audit.record(
        action="course.move",
        actor=principal,
        target=f"course:{course_id}",
        details={"from": before, "to": status},
    )
    if status == Course.Status.PUBLISHED:
        publish(CoursePublished(course_id))


@transaction.atomic
def delete_course(*, principal: Principal, course_id: int) -> None:
    """Delete a course that was never published and that nobody is enrolled in.

    Raises ``AppError`` CONFLICT for any other: it is archived instead.
    """
    course = managed(principal, course_id, lock=True)
    used = AppError(ErrorCode.CONFLICT, _("This course has been used. Archive it instead."))
    if course.published_at is not None:
        raise used
    try:
        with transaction.atomic():
            lessons = Lesson.objects.filter(course_id=course_id).values_list("id", flat=True)
            publish(DeletingLessons(tuple(lessons)))
            course.delete()
    except (ProtectedError, IntegrityError) as error:
        raise used from error
    audit.record(action="course.delete", actor=principal, target=f"course:{course_id}")


@transaction.atomic
def set_co_teachers(*, principal: Principal, course_id: int, person_ids: Sequence[int]) -> None:
    """Make exactly these teachers the co-teachers. Raises ``AppError``."""
    course = managed(principal, course_id, lock=True)
    wanted = set(person_ids) - {course.creator_id}
    strangers = wanted - people_of_roles(wanted, ("TEACHER", "HOD", "PRINCIPAL", "ADMIN"))
    if strangers:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Only teachers and heads can teach a course with you."),
            [{"path": "/personIds", "code": "not_a_teacher", "values": sorted(strangers)}],
        )
    rows = CoTeacher.objects.filter(course_id=course_id)
    rows.exclude(person_id__in=wanted).delete()
    CoTeacher.objects.bulk_create(
        [CoTeacher(course_id=course_id, person_id=person) for person in sorted(wanted)],
        ignore_conflicts=True,
    )
    audit.record(
        action="course.co_teachers",
        actor=principal,
        target=f"course:{course_id}",
        details={"personIds": sorted(wanted)},
    )


@transaction.atomic
def set_prerequisites(*, principal: Principal, course_id: int, course_ids: Sequence[int]) -> None:
    """Make exactly these courses the prerequisites.

    Raises ``AppError`` VALIDATION_ERROR for a course that isn't there, and for a circle, in
    which no course could ever be begun.
    """
    managed(principal, course_id, lock=True)
    wanted = set(course_ids)
    found = set(Course.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    problem = ""
    if wanted - found:
        problem = _("One of these courses was not found.")
    elif course_id in _all_required_by(wanted):
        problem = _("These courses would require each other, so nobody could start them.")
    if problem:
        raise AppError(ErrorCode.VALIDATION_ERROR, problem, [{"path": "/courseIds"}])
    rows = Prerequisite.objects.filter(course_id=course_id)
    rows.exclude(requires_id__in=wanted).delete()
    Prerequisite.objects.bulk_create(
        [Prerequisite(course_id=course_id, requires_id=other) for other in sorted(wanted)],
        ignore_conflicts=True,
    )
    audit.record(
        action="course.prerequisites",
        actor=principal,
        target=f"course:{course_id}",
        details={"courseIds": sorted(wanted)},
    )


def _all_required_by(course_ids: set[int]) -> set[int]:
    """Return the courses and all that they require, however deep."""
    with connection.cursor() as cursor:
        # Two changes at once could close a circle that neither sees.
        cursor.execute("LOCK TABLE courses_prerequisite IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            """
            WITH RECURSIVE needed(id) AS (
                SELECT unnest(%s::bigint[])
                UNION
                SELECT p.requires_id FROM courses_prerequisite p JOIN needed n ON n.id = p.course_id
            ) SELECT id FROM needed
            """,
            [sorted(course_ids)],
        )
        return {key for (key,) in cursor.fetchall()}


_CLEANERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "title": plain,
    "code": plain,
    "category": plain,
    "currency": plain,
    "description": sanitized,
    "tags": lambda tags: list(dict.fromkeys(plain(tag) for tag in tags)),
    "target_class_ids": lambda ids: list(dict.fromkeys(ids)),
    "target_section_ids": lambda ids: list(dict.fromkeys(ids)),
}


_COLUMNS: Final = {"cover_file_id": "cover_id"}
"""Fields whose name on the wire is another."""


def _refuse_unknown_targets(course: Course, values: Mapping[str, Any]) -> None:
    """A target that nobody can be in would hide the course from everybody.

    What the course has already may stay: classes go with the years.
    """
    for name, path, unknown in (
        ("target_class_ids", "/targetClassIds", unknown_classes),
        ("target_section_ids", "/targetSectionIds", unknown_sections),
    ):
        wrong = unknown(set(values.get(name, ())) - set(getattr(course, name)))
        if wrong:
            raise AppError(
                ErrorCode.VALIDATION_ERROR,
                _("This class or section was not found."),
                [{"path": path, "code": "unknown", "values": sorted(wrong)}],
            )


def _assign(course: Course, values: Mapping[str, Any]) -> None:
    _refuse_unknown_targets(course, values)
    for name, value in values.items():
        clean = _CLEANERS.get(name)
        setattr(course, _COLUMNS.get(name, name), clean(value) if clean else value)
    if course.starts_on and course.ends_on and course.ends_on < course.starts_on:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("A course can't end before it starts."),
            [{"path": "/endsOn", "code": "before_start"}],
        )
    if course.list_price is not None and not course.currency:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Add a currency to the price."),
            [{"path": "/currency", "code": "missing"}],
        )
    if values.get("term_id") is not None and not term_exists(values["term_id"]):
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("This term was not found."),
            [{"path": "/termId", "code": "unknown"}],
        )


def _use_cover(principal: Principal, course: Course, before: int | None) -> None:
    if course.cover_id is not None and course.cover_id != before:
        use_file(principal, course.cover_id, ("image",))


def save_course(course: Course) -> None:
    """Write it. Raises ``AppError`` CONFLICT for a code in use."""
    course.updated_at = now()
    try:
        with transaction.atomic():
            course.save()
    except IntegrityError as error:
        if "course_code" not in str(error):
            raise
        raise AppError(
            ErrorCode.CONFLICT,
            _("Another course has this code. Choose a different one."),
            [{"path": "/code", "code": "taken"}],
        ) from error


def refuse_archived(course: Course) -> None:
    """Refuse to change an ARCHIVED course. Raises ``AppError`` FORBIDDEN."""
    refuse_unless(
        course.status != Course.Status.ARCHIVED,
        _("An archived course can't be changed. Copy it instead."),
    )
