"""E-mail addresses that providers told us something about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final, Literal

from django.db import transaction
from django.db.models import Q
from pydantic import Field

from optilearn.core import audit
from optilearn.core.access.policies import ADMINS, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.http.pages import PageQuery
from optilearn.notifications.models import AddressState
from optilearn.notifications.policy import NotificationPolicy

Reason = Literal["permanent_bounce", "complaint", "soft_bounces"]
_WEIGHT: Final = {"": 0, "soft_bounces": 1, "permanent_bounce": 2, "complaint": 3}
"""What is worse stays: a late bounce doesn't hide that somebody complained."""
_FIELDS: Final = ("id", "address", "reason", "detail", "suppressed_at")
_MOST_DETAIL: Final = 500


class AddressQuery(PageQuery):
    """Filters of the list; the newest first."""

    q: str | None = Field(None, max_length=254, description="Part of the address.")
    reason: Reason | None = None


@transaction.atomic
def suppress(address: str, reason: Reason, detail: str = "") -> None:
    """Write to this address no more, until an administrator lifts it."""
    state = _locked(address)
    if state is None:
        return
    if _WEIGHT[reason] > _WEIGHT.get(state.reason, 0):
        state.reason, state.detail = reason, detail[:_MOST_DETAIL]
    state.suppressed_at = state.suppressed_at or now()
    state.updated_at = now()
    state.save()


@transaction.atomic
def soft_bounce(address: str, on: date, policy: NotificationPolicy, detail: str = "") -> None:
    """Count a transient bounce: one a day (UTC) at most, so a busy day stops nobody.

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
        state.reason, state.detail = "soft_bounces", detail[:_MOST_DETAIL]
    state.updated_at = now()
    state.save()


def _locked(address: str) -> AddressState | None:
    known = address.strip().lower()
    if not known:
        return None
    state, _ = AddressState.objects.select_for_update().get_or_create(address=known)
    return state


def suppressed_addresses(
    principal: Principal, query: AddressQuery
) -> tuple[list[dict[str, Any]], int]:
    """A page of the addresses that aren't written to any more, and how many there are.

    Raises ``AppError`` FORBIDDEN for all but administrators.
    """
    require(principal, ADMINS)
    wanted = Q(suppressed_at__isnull=False)
    if query.q:
        wanted &= Q(address__icontains=query.q)
    if query.reason:
        wanted &= Q(reason=query.reason)
    rows = AddressState.objects.filter(wanted)
    page = rows.order_by("-suppressed_at", "-id").values(*_FIELDS)[query.window]
    return [_wire(row) for row in page], rows.count()


@transaction.atomic
def lift_suppression(*, principal: Principal, address_id: int) -> dict[str, Any]:
    """Write to an address again, and forget its bounces.

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


def _wire(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "address": row["address"],
        "reason": row["reason"],
        "detail": row["detail"],
        "suppressedAt": row["suppressed_at"],
    }
