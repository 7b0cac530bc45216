"""Suppressed addresses, for administrators."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import answer_page
from optilearn.notifications.addresses import selectors, services
from optilearn.notifications.addresses.schemas import AddressQuery, SuppressedAddress

router = Router(tags=["Notifications"], by_alias=True)


@router.get(
    "/notifications/addresses",
    response={200: Envelope[list[SuppressedAddress]], **refusals(400)},
    operation_id="listSuppressedAddresses",
)
def suppressed_addresses(request: HttpRequest, query: Query[AddressQuery]) -> HttpResponse:
    """The addresses that nothing is sent to, and why. For administrators; the newest first."""
    rows, total = selectors.suppressed_addresses(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.delete(
    "/notifications/addresses/{int:addressId}",
    response={200: Envelope[Done], **refusals(404)},
    operation_id="liftSuppression",
)
def lift_suppression(request: HttpRequest, addressId: int) -> HttpResponse:
    """Send to an address again: its owner repaired the mailbox, or wants our e-mails again."""
    done = services.lift_suppression(principal=principal_of(request), address_id=addressId)
    return answer(done)
