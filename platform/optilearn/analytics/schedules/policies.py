"""Permissions on schedules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Q

from optilearn.core.access.policies import ADMINS, STAFF
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role

SENDERS: Final = ADMINS | {Role.ANALYST}
"""Roles that may send reports to other people; the rest of the staff to themselves alone."""
SCHEDULERS: Final = STAFF


def visible_to(principal: Principal) -> Q:
    """Return the condition of the schedules that the principal sees: their own, or all."""
    return Q() if principal.role in ADMINS else Q(owner_id=principal.person_id)


def may_send(principal: Principal, recipients: Sequence[Mapping[str, Any]]) -> bool:
    """Return True if the principal may have reports sent to these recipients."""
    if principal.role not in SCHEDULERS:
        return False
    return principal.role in SENDERS or not sends_to_others(principal, recipients)


def sends_to_others(principal: Principal, recipients: Sequence[Mapping[str, Any]]) -> bool:
    """Return True if the recipients are more than the principal alone."""
    return any(one["kind"] != "PERSON" or one["id"] != principal.person_id for one in recipients)
