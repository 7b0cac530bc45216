"""The devices that a person gets pushes on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.notifications.devices import selectors, services
from optilearn.notifications.devices.schemas import PushTokenIn, PushTokenOut

router = Router(tags=["Notifications"], by_alias=True)


@router.get(
    "/notifications/push-tokens",
    response={200: Envelope[list[PushTokenOut]], **refusals()},
    operation_id="listPushTokens",
)
def push_tokens(request: HttpRequest) -> HttpResponse:
    """Your devices, those seen last first."""
    return answer(selectors.push_tokens(principal_of(request)))


@router.post(
    "/notifications/push-tokens",
    response={
        200: Envelope[list[PushTokenOut]],
        201: Envelope[list[PushTokenOut]],
        **refusals(400),
    },
    operation_id="registerPushToken",
)
def register(request: HttpRequest, wanted: PushTokenIn) -> HttpResponse:
    """Get pushes on this device, or confirm that it is still in use. Returns all your devices."""
    principal = principal_of(request)
    _key, is_new = services.register_device(
        principal=principal, token=wanted.token, platform=wanted.platform
    )
    return answer(selectors.push_tokens(principal), status=201 if is_new else 200)


@router.delete(
    "/notifications/push-tokens/{int:tokenId}",
    response={200: Envelope[Done], **refusals(404)},
    operation_id="deletePushToken",
)
def forget(request: HttpRequest, tokenId: int) -> HttpResponse:
    """Get no more pushes on one of your devices."""
    services.forget_device(principal=principal_of(request), device_id=tokenId)
    return answer({"done": True})
