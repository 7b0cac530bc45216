"""Addresses that nothing is sent to are the administrators' matter."""

from __future__ import annotations

from typing import Any, Final

from optilearn.notifications.addresses import services as addresses
from optilearn.notifications.models import AddressState
from tests.support.permissions import ADMINS, Rule
from tests.support.twins import Twin

ADDRESS: Final = "gone@example.test"


def suppressed(_: Twin) -> None:
    addresses.suppress(ADDRESS, "permanent_bounce", "550 5.1.1 No such user")


def address(_: Twin) -> dict[str, Any]:
    found = AddressState.objects.filter(address=ADDRESS).values_list("pk", flat=True).first()
    return {"addressId": found or 1}


RULES: Final = [
    Rule("GET", "/api/notifications/addresses", ADMINS),
    Rule(
        "DELETE",
        "/api/notifications/addresses/{addressId}",
        ADMINS,
        params=address,
        setup=suppressed,
    ),
]
