"""Suppress and release e-mail addresses that bounced or complained."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction

from optilearn.core import audit
from optilearn.core.access.policies import ADMINS, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.notifications.addresses.schemas import Reason
from optilearn.notifications.models import AddressState
from optilearn.notifications.policy import NotificationPolicy

_WEIGHT: Final = {"": 0, "soft_bounces": 1, "permanent_bounce": 2, "complaint": 3}
"""The worse reason stays: a late bounce doesn't hide a complaint."""
_MAX_DETAIL: Final = 500


@transaction.atomic
def suppress(address: str, reason: Reason, detail: str = "") -> None:
    """Send nothing more to this address until an administrator lifts the suppression."""
    state = _locked(address)
    if state is None:
        return
    if _WEIGHT[reason] > _WEIGHT.get(state.reason, 0):
        state.reason, state.detail = reason, detail[:_MAX_DETAIL]
    state.suppressed_at = state.suppressed_at or now()
    state.updated_at = now()
    state.save()


@transaction.atomic
def soft_bounce(address: str, on: date, policy: NotificationPolicy, detail: str = "") -> None:
    """Count a transient bounce, at most one a day (UTC), so that one busy day suppresses nobody.

    The address is suppressed at ``policy.soft_bounces`` within ``policy.soft_bounce_days``.
    """
    state = _locked(address)
    if state is None or on in state.soft_bounced_on:
        return
    days = {*state.soft_bounced_on, on}
    first = max(days) - timedelta(days=policy.soft_bounce_days - 1)
    state.soft_bounced_on = sorted(day for day in days if day >= first)
    if len(state.soft_bounced_on) >= policy.soft_bounces and not state.suppressed_at:
        state.suppressed_at = now()
        state.reason, state.detail = "soft_bounces", detail[:_MAX_DETAIL]
    state.updated_at = now()
    state.save()


def _locked(address: str) -> AddressState | None:
    normalized = address.strip().lower()
    if not normalized:
        return None
    state, _ = AddressState.objects.select_for_update().get_or_create(address=normalized)
    return state


@transaction.atomic
def lift_suppression(*, principal: Principal, address_id: int) -> dict[str, Any]:
    """Send to an address again, and clear its bounces.

    Raises ``AppError`` FORBIDDEN or NOT_FOUND.
    """
    require(principal, ADMINS)
    rows = AddressState.objects.select_for_update()
    state = rows.filter(pk=address_id, suppressed_at__isnull=False).first()
    if state is None:
        raise not_found()
    audit.record(
        action="notifications.address_lifted",
        actor=principal,
        target=f"address:{state.pk}",
        details={"reason": state.reason},
    )
    state.suppressed_at, state.reason, state.detail = None, "", ""
    state.soft_bounced_on = []
    state.updated_at = now()
    state.save()
    return {"done": True}
