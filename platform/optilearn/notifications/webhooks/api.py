"""Webhooks of providers."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import Public
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.webhooks import signed_body
from optilearn.notifications.webhooks import resend

router = Router(tags=["Notifications"], by_alias=True)

_REPORT: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "Resend's event, signed with Svix's headers.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "example": {
                        "type": "email.bounced",
                        "created_at": "2026-11-23T08:00:00.000Z",
                        "data": {
                            "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
                            "to": ["lena@example.org"],
                            "tags": {"optilearn": "token"},
                            "bounce": {"type": "Permanent", "subType": "General"},
                        },
                    },
                }
            }
        },
    }
}


@router.post(
    "/webhooks/resend",
    auth=Public(),
    response={200: Envelope[Done], **refusals(401, 503)},
    openapi_extra=_REPORT,
    operation_id="receiveResendEvent",
)
def resend_webhook(request: HttpRequest) -> HttpResponse:
    """Receive Resend's reports of deliveries, bounces and complaints.

    Repetitions and reports that aren't about an e-mail of ours are answered 200 and change
    nothing.
    """
    message_id, body = signed_body(request, settings.RESEND_WEBHOOK_SECRETS)
    resend.receive(message_id, body)
    return answer({"done": True})
