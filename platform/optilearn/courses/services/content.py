"""Writes about the content of a course: modules, lessons, and their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.courses.events import DeletingLessons, LessonAdded, RequiredLessonsChanged
from optilearn.courses.models import Course, Lesson, Module
from optilearn.courses.policies import managed
from optilearn.courses.schemas import OrderIn
from optilearn.courses.services.courses import refuse_archived
from optilearn.courses.services.files import stop_using, use_file
from optilearn.courses.services.richtext import plain, sanitized

_Completion = Lesson.Completion
DEFAULT_COMPLETION: Final[Mapping[str, tuple[str, int | None]]] = {
    "TEXT": (_Completion.MARKED, None),
    "VIDEO": (_Completion.WATCHED, 90),
    "DOCUMENT": (_Completion.OPENED, None),
    "QUIZ": (_Completion.PASSED, None),
    "ASSIGNMENT": (_Completion.SUBMITTED, None),
    "LIVE": (_Completion.ATTENDED, None),
    "EMBED": (_Completion.MARKED, None),
}
"""The default rule that completes a lesson of a kind, and the percent to be watched."""

_FITS: Final[Mapping[str, frozenset[str]]] = {
    _Completion.WATCHED: frozenset({"VIDEO"}),
    _Completion.PASSED: frozenset({"QUIZ", "ASSIGNMENT"}),
    _Completion.SUBMITTED: frozenset({"QUIZ", "ASSIGNMENT"}),
    _Completion.ATTENDED: frozenset({"LIVE"}),
}
"""Kinds that a rule makes sense for; rules that aren't listed fit every kind."""

_FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "VIDEO": ("video",),
    "DOCUMENT": ("document", "image"),
}
"""The categories of files that a lesson of a kind may show."""


def _building(principal: Principal, course_id: int) -> Course:
    course = managed(principal, course_id, lock=True)
    refuse_archived(course)
    return course


@transaction.atomic
def add_module(*, principal: Principal, course_id: int, values: Mapping[str, Any]) -> int:
    """Add a module at the end of a course; return its id. Raises ``AppError``."""
    _building(principal, course_id)
    last = Module.objects.filter(course_id=course_id).aggregate(last=Max("position"))["last"]
    module = Module.objects.create(
        course_id=course_id,
        title=plain(values["title"]),
        description=plain(values.get("description", "")),
        position=(last or 0) + 1,
    )
    audit.record(action="module.create", actor=principal, target=f"module:{module.pk}")
    return module.pk


@transaction.atomic
def update_module(*, principal: Principal, module_id: int, values: Mapping[str, Any]) -> int:
    """Change a module; the id of its course. Raises ``AppError``."""
    module = Module.objects.filter(pk=module_id).first()
    if module is None:
        raise not_found()
    _building(principal, module.course_id)
    for name, value in values.items():
        setattr(module, name, plain(value))
    module.save()
    audit.record(action="module.update", actor=principal, target=f"module:{module_id}")
    return module.course_id


@transaction.atomic
def delete_module(*, principal: Principal, module_id: int) -> None:
    """Delete an empty module. Raises ``AppError`` CONFLICT while lessons are in it."""
    module = Module.objects.filter(pk=module_id).first()
    if module is None:
        raise not_found()
    _building(principal, module.course_id)
    if module.lessons.exists():
        raise AppError(ErrorCode.CONFLICT, _("Move or delete the lessons of this module first."))
    module.delete()
    audit.record(action="module.delete", actor=principal, target=f"module:{module_id}")


@transaction.atomic
def add_lesson(*, principal: Principal, module_id: int, values: Mapping[str, Any]) -> int:
    """Add a lesson at the end of a module; return its id. Raises ``AppError``."""
    module = Module.objects.filter(pk=module_id).first()
    if module is None:
        raise not_found()
    _building(principal, module.course_id)
    last = Lesson.objects.filter(module_id=module_id).aggregate(last=Max("position"))["last"]
    lesson = Lesson(
        course_id=module.course_id,
        module_id=module_id,
        kind=values["kind"],
        position=(last or 0) + 1,
        is_required=True,
    )
    _assign(lesson, values)
    _use_new_file(principal, lesson, None)
    lesson.save()
    audit.record(action="lesson.create", actor=principal, target=f"lesson:{lesson.pk}")
    publish(RequiredLessonsChanged(lesson.course_id))
    publish(LessonAdded(lesson.pk))
    return lesson.pk


@transaction.atomic
def update_lesson(*, principal: Principal, lesson_id: int, values: Mapping[str, Any]) -> None:
    """Change what ``values`` names of a lesson. Raises ``AppError``."""
    lesson = _lesson(lesson_id)
    _building(principal, lesson.course_id)
    file_id, required = lesson.file_id, lesson.is_required
    _assign(lesson, values)
    _use_new_file(principal, lesson, file_id)
    lesson.save()
    if file_id is not None and file_id != lesson.file_id:
        stop_using(file_id)
    audit.record(
        action="lesson.update",
        actor=principal,
        target=f"lesson:{lesson_id}",
        details={"fields": sorted(values)},
    )
    if lesson.is_required != required:
        publish(RequiredLessonsChanged(lesson.course_id))


@transaction.atomic
def delete_lesson(*, principal: Principal, lesson_id: int) -> bool:
    """Delete a lesson; one that was used is archived, so that no work is lost.

    Returns whether it is really gone. Raises ``AppError``.
    """
    lesson = _lesson(lesson_id)
    _building(principal, lesson.course_id)
    file_id, gone = lesson.file_id, True
    try:
        with transaction.atomic():
            publish(DeletingLessons((lesson_id,)))
            lesson.delete()
    except (ProtectedError, IntegrityError):
        gone = False
        Lesson.objects.filter(pk=lesson_id).update(archived_at=now())
    if gone and file_id is not None:
        stop_using(file_id)
    action = "lesson.delete" if gone else "lesson.archive"
    audit.record(action=action, actor=principal, target=f"lesson:{lesson_id}")
    publish(RequiredLessonsChanged(lesson.course_id))
    return gone


@transaction.atomic
def order_content(*, principal: Principal, course_id: int, order: OrderIn) -> None:
    """Put modules and lessons into an order; lessons may move between modules.

    The order names everything exactly once: who orders an outline that somebody else has
    changed meanwhile is told (CONFLICT), and nothing is moved. Five queries at any size.
    """
    _building(principal, course_id)
    modules = {m.pk: m for m in Module.objects.filter(course_id=course_id)}
    lessons = {x.pk: x for x in Lesson.objects.filter(course_id=course_id, archived_at=None)}
    _refuse_unless_same([module.id for module in order.modules], modules)
    _refuse_unless_same([key for module in order.modules for key in module.lessons], lessons)
    for place, wanted in enumerate(order.modules, start=1):
        modules[wanted.id].position = place
        for number, key in enumerate(wanted.lessons, start=1):
            lessons[key].position, lessons[key].module_id = number, wanted.id
    Module.objects.bulk_update(modules.values(), ["position"])
    Lesson.objects.bulk_update(lessons.values(), ["position", "module"])
    audit.record(action="course.order", actor=principal, target=f"course:{course_id}")


def _refuse_unless_same(wanted: Sequence[int], there: Mapping[int, object]) -> None:
    if len(wanted) != len(set(wanted)) or set(wanted) != set(there):
        raise AppError(
            ErrorCode.CONFLICT,
            _("The outline has changed. Reload it and try again."),
            {
                "missing": sorted(set(there) - set(wanted)),
                "unknown": sorted(set(wanted) - set(there)),
            },
        )


def _lesson(lesson_id: int) -> Lesson:
    lesson = Lesson.objects.filter(pk=lesson_id, archived_at=None).first()
    if lesson is None:
        raise not_found()
    return lesson


def _assign(lesson: Lesson, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name not in {"kind", "completion"}:
            setattr(lesson, name, value)
    lesson.title = plain(lesson.title)
    if "content" in values:
        lesson.content = sanitized(values["content"])
    if values.get("completion") or not lesson.pk:
        rule, threshold = DEFAULT_COMPLETION[lesson.kind]
        lesson.completion = values.get("completion") or rule
        if lesson.completion == rule and lesson.completion_threshold is None:
            lesson.completion_threshold = threshold
    for problem, path in _problems(lesson):
        if problem:
            raise AppError(ErrorCode.VALIDATION_ERROR, problem, [{"path": path}])


def _problems(lesson: Lesson) -> tuple[tuple[str, str], ...]:
    rule, limit = lesson.completion, lesson.completion_threshold
    misfit = lesson.kind not in _FITS.get(rule, {lesson.kind})
    backwards = lesson.unlock_at and lesson.closes_at and lesson.closes_at <= lesson.unlock_at
    return (
        (
            _("This completion rule doesn't fit this type of lesson.") if misfit else "",
            "/completion",
        ),
        (
            _("Enter a percentage from 1 to 100.")
            if rule == _Completion.WATCHED and not 1 <= (limit or 0) <= 100
            else "",
            "/completionThreshold",
        ),
        (
            _("Enter how many seconds students have to spend.")
            if rule == _Completion.TIME and limit is None
            else "",
            "/completionThreshold",
        ),
        (_("A lesson can't close before it opens.") if backwards else "", "/closesAt"),
    )


def _use_new_file(principal: Principal, lesson: Lesson, before: int | None) -> None:
    if lesson.file_id is not None and lesson.file_id != before:
        use_file(principal, lesson.file_id, _FILES.get(lesson.kind, ()))
