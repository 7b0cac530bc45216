"""Reads of suppressed addresses."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q

from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.notifications.addresses.schemas import AddressQuery
from optilearn.notifications.models import AddressState

_FIELDS: Final = ("id", "address", "reason", "detail", "suppressed_at")


def suppressed_addresses(
    principal: Principal, query: AddressQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of the suppressed addresses, and how many there are.

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
    return [_row(row) for row in page], rows.count()


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "address": row["address"],
        "reason": row["reason"],
        "detail": row["detail"],
        "suppressedAt": row["suppressed_at"],
    }
