"""The log, the queues and the rules, for administrators."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.pages import answer_page
from optilearn.notifications.administration import selectors, services
from optilearn.notifications.administration.schemas import (
    DeliveryDetail,
    DeliveryOut,
    DeliveryQuery,
    KeyOut,
    PolicyChange,
    PolicyOut,
    QueueOut,
    ReplayIn,
    ReplayOut,
    UnresolvedOut,
    UnresolvedQuery,
)
from optilearn.notifications.delivery import replay as replays

router = Router(tags=["Notifications"], by_alias=True)


@router.get(
    "/notifications/deliveries",
    response={200: Envelope[list[DeliveryOut]], **refusals(400)},
    operation_id="listDeliveries",
)
def delivery_log(request: HttpRequest, query: Query[DeliveryQuery]) -> HttpResponse:
    """List deliveries with the reason for every outcome. FAILED ones are dead letters."""
    rows, total = selectors.deliveries(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/notifications/deliveries/replay",
    response={200: Envelope[ReplayOut], **refusals(400)},
    operation_id="replayDeliveries",
)
def replay(request: HttpRequest, wanted: ReplayIn) -> HttpResponse:
    """Try dead letters again."""
    count = replays.replay(principal=principal_of(request), delivery_ids=wanted.ids)
    return answer({"replayed": count})


@router.get(
    "/notifications/deliveries/{int:deliveryId}",
    response={200: Envelope[DeliveryDetail], **refusals(404)},
    operation_id="getDelivery",
)
def delivery(request: HttpRequest, deliveryId: int) -> HttpResponse:
    """One delivery with its history."""
    return answer(selectors.delivery(principal_of(request), deliveryId))


@router.get(
    "/notifications/unresolved",
    response={200: Envelope[list[UnresolvedOut]], **refusals(400)},
    operation_id="listUnresolvedMessages",
)
def unresolved(request: HttpRequest, query: Query[UnresolvedQuery]) -> HttpResponse:
    """List dead letters whose recipients were never found, or found too late.

    The log of deliveries doesn't have them, or only the deliveries that were written before.
    """
    rows, total = selectors.unresolved(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/notifications/unresolved/replay",
    response={200: Envelope[ReplayOut], **refusals(400)},
    operation_id="replayUnresolvedMessages",
)
def replay_without_recipients(request: HttpRequest, wanted: ReplayIn) -> HttpResponse:
    """Look up the recipients of these again. A person who has a delivery gets no second one.

    Expired messages are left as they are.
    """
    count = replays.replay_unresolved(principal=principal_of(request), notification_ids=wanted.ids)
    return answer({"replayed": count})


@router.get(
    "/notifications/queues",
    response={200: Envelope[list[QueueOut]], **refusals()},
    operation_id="listQueues",
)
def queue_states(request: HttpRequest) -> HttpResponse:
    """Show the state of the institution's outbox."""
    return answer(selectors.queues(principal_of(request)))


@router.get(
    "/notifications/keys",
    response={200: Envelope[list[KeyOut]], **refusals()},
    operation_id="listNotificationKeys",
)
def keys(request: HttpRequest) -> HttpResponse:
    """Every kind of notification there is."""
    return answer(selectors.keys(principal_of(request)))


@router.get(
    "/notifications/policy",
    response={200: Envelope[PolicyOut], **refusals()},
    operation_id="getNotificationPolicy",
)
def policy(request: HttpRequest) -> HttpResponse:
    """The institution's rules for notifications."""
    return answer(selectors.policy(principal_of(request)).model_dump(mode="json", by_alias=True))


@router.patch(
    "/notifications/policy",
    response={200: Envelope[PolicyOut], **refusals(400)},
    operation_id="updateNotificationPolicy",
)
def change_policy(request: HttpRequest, change: PolicyChange) -> HttpResponse:
    """Change some of the rules."""
    values = change.model_dump(exclude_none=True)
    changed = services.change_policy(principal=principal_of(request), values=values)
    return answer(changed.model_dump(mode="json", by_alias=True))
