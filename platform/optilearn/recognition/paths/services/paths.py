"""Learning paths and their courses, for administrators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.policies import ADMINS, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid
from optilearn.courses.models import Course
from optilearn.enrollment.services import hold_completions
from optilearn.recognition.certificates.policies import template_of
from optilearn.recognition.models import LearningPath, PathCourse, PathMember
from optilearn.recognition.paths import policies
from optilearn.recognition.paths.rules import Status
from optilearn.recognition.paths.services.completing import complete


@transaction.atomic
def add_path(*, principal: Principal, values: Mapping[str, Any]) -> int:
    """Add a path; return its id. ``course_ids`` are its courses in their order.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND for a course or template that isn't there,
    CONFLICT for a title that another path has, or a published path that can't be taken.
    """
    require(principal, ADMINS)
    path = LearningPath(created_at=clock.now())
    _write(principal, path, values)
    audit.record(action="path.create", actor=principal, target=f"learning_path:{path.pk}")
    return path.pk


@transaction.atomic
def update_path(*, principal: Principal, path_id: int, values: Mapping[str, Any]) -> None:
    """Change what ``values`` names. Who completed the path keeps that, and its certificate.

    Members who have completed all courses that are left complete the path. Raises ``AppError`` as
    ``add_path``.
    """
    path = policies.managed(principal, path_id, lock=True)
    is_decided_anew = "course_ids" in values or "status" in values
    if is_decided_anew:
        known = PathCourse.objects.filter(path=path).values_list("course_id", flat=True)
        hold_completions([*known, *values.get("course_ids", ())])
    _write(principal, path, values)
    if is_decided_anew:
        members = PathMember.objects.select_for_update(no_key=True).filter(
            path_id=path_id, completed_at=None, left_at=None
        )
        complete(list(members.order_by("id").values_list("id", flat=True)))
    audit.record(
        action="path.update",
        actor=principal,
        target=f"learning_path:{path_id}",
        details={"fields": sorted(values)},
    )


def _write(principal: Principal, path: LearningPath, values: Mapping[str, Any]) -> None:
    if values.get("template_id") is not None:
        template_of(principal, values["template_id"])
    for name, value in values.items():
        if name != "course_ids":
            setattr(path, name, value)
    try:
        with transaction.atomic():
            path.save()
    except IntegrityError as error:
        raise AppError(
            ErrorCode.CONFLICT, _("Another path has this title."), [{"path": "/title"}]
        ) from error
    if "course_ids" in values:
        _set_courses(path, values["course_ids"])
    if path.status == Status.PUBLISHED and {"status", "course_ids"} & set(values):
        _check_courses(path)


def _set_courses(path: LearningPath, course_ids: Sequence[int]) -> None:
    known = set(Course.objects.filter(pk__in=course_ids).values_list("id", flat=True))
    if known != set(course_ids):
        raise not_found()
    PathCourse.objects.filter(path=path).delete()
    PathCourse.objects.bulk_create(
        PathCourse(path=path, course_id=course_id, position=position)
        for position, course_id in enumerate(course_ids, start=1)
    )


def _check_courses(path: LearningPath) -> None:
    """Raises ``AppError`` for a path without courses, or with some that nobody can take."""
    steps = PathCourse.objects.filter(path=path)
    if not steps.exists():
        raise invalid(_("A published path needs at least one course."), "/courseIds")
    closed = steps.exclude(course__status=Course.Status.PUBLISHED).order_by("position")
    if closed_ids := list(closed.values_list("course_id", flat=True)):
        raise AppError(
            ErrorCode.CONFLICT,
            _("All courses of a published path must be published."),
            {"courseIds": closed_ids},
        )
