"""The rows that a principal's reports count (docs/rules.md#roles)."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import INSTITUTION_WIDE, Role
from optilearn.core.errors import AppError, ErrorCode
from reports.contracts import Scope, ScopeKind


def report_scope(
    principal: Principal,
    own_course_ids: Callable[[Principal], tuple[int, ...]],
    child_ids: Callable[[Principal], tuple[int, ...]],
) -> Scope:
    """The scope of a principal.

    ``own_course_ids`` is only asked for a teacher, ``child_ids`` for a parent: OptiCRM is
    asked for a parent's children each time, so it may raise ``AppError`` SERVICE_UNAVAILABLE.
    """
    institution = principal.institution_id
    if principal.role in INSTITUTION_WIDE:
        return Scope(institution, ScopeKind.INSTITUTION)
    if principal.role is Role.TEACHER:
        courses = own_course_ids(principal)
        return Scope(institution, ScopeKind.OWN_COURSES, course_ids=courses)
    if principal.role is Role.STUDENT:
        return Scope(institution, ScopeKind.SELF, person_ids=(principal.person_id,))
    if principal.role is Role.PARENT:
        return Scope(institution, ScopeKind.CHILDREN, person_ids=child_ids(principal))
    raise AppError(ErrorCode.FORBIDDEN, _("Your role can't run reports."))
