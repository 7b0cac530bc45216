"""Permissions of analysts (docs/rules.md#sql)."""

from __future__ import annotations

from typing import Final

from optilearn.core.access.policies import require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import SEES_SQL, Role

_SEES_NAMES: Final = frozenset({Role.ADMIN, Role.SUPER_ADMIN})


def require_analyst(principal: Principal) -> None:
    """Raises ``AppError`` FORBIDDEN unless the principal may run SQL and download snapshots."""
    require(principal, SEES_SQL)


def masks_people(principal: Principal) -> bool:
    """Return True if the names and codes of people are empty in what the principal reads."""
    return principal.role not in _SEES_NAMES
