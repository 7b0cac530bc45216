"""Small things that every producer needs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.policy import NotificationPolicy, policy_of


def policy_in_force() -> NotificationPolicy:
    """The policy of the institution in force."""
    return policy_of(institution_by_id(require_institution_id()).settings)


def points(score: Decimal) -> str:
    """A score as people write it: ``41``, ``41.5``."""
    plain = f"{score:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def stamp(moment: datetime) -> str:
    """An instant within the name of what is told once: another one is told again."""
    return str(int(moment.timestamp()))
