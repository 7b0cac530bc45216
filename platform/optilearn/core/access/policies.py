"""Building blocks of every app's policies."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode

ADMINS: Final = frozenset({Role.ADMIN, Role.SUPER_ADMIN, Role.PRINCIPAL, Role.HOD})
"""Roles that administer the institution."""

STAFF: Final = frozenset(role for role in Role if role.is_staff)
"""OptiCRM's Users; students and parents are its Contacts."""

AUTHORS: Final = ADMINS | {Role.TEACHER}
"""Roles that may create courses."""


def require(principal: Principal, roles: frozenset[Role]) -> None:
    """Raises ``AppError`` FORBIDDEN unless the principal has one of the roles."""
    refuse_unless(principal.role in roles)


def refuse_unless(allowed: bool, message: str = "") -> None:  # noqa: FBT001 - reads as a sentence
    """Raises ``AppError`` FORBIDDEN unless ``allowed``."""
    if not allowed:
        raise AppError(ErrorCode.FORBIDDEN, message or _("Your role doesn't allow this."))


def not_found() -> AppError:
    """Return the error for a record that is absent, or that the caller may not know of."""
    return AppError(ErrorCode.NOT_FOUND, _("Not found."))
