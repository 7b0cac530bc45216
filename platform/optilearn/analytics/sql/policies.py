"""Permissions of analysts (docs/rules.md#sql)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from optilearn.core.access.policies import require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import SEES_SQL, Role

_SEES_NAMES: Final = frozenset({Role.ADMIN, Role.SUPER_ADMIN})


class SqlAccess(IntEnum):
    """The access of somebody to SQL: none, rows without the names of people, or all."""

    NONE = 0
    MASKED = 1
    NAMED = 2


def sql_access(principal: Principal) -> SqlAccess:
    """Return the principal's access to SQL."""
    if principal.role not in SEES_SQL:
        return SqlAccess.NONE
    return SqlAccess.MASKED if masks_people(principal) else SqlAccess.NAMED


def require_analyst(principal: Principal) -> None:
    """Raises ``AppError`` FORBIDDEN unless the principal may run SQL and download snapshots."""
    require(principal, SEES_SQL)


def masks_people(principal: Principal) -> bool:
    """Return True if the names and codes of people are empty in what the principal reads."""
    return principal.role not in _SEES_NAMES
