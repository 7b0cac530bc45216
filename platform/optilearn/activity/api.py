"""Activity of students, from pages and apps."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.activity.schemas import EventsIn, EventsOut
from optilearn.activity.services import events as services
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals

router = Router(tags=["Activity"], by_alias=True)


@router.post(
    "/activity/events",
    response={200: Envelope[EventsOut], **refusals(400, 401, 403, 503)},
    operation_id="sendActivityEvents",
)
def events(request: HttpRequest, sent: EventsIn) -> HttpResponse:
    """Send up to 500 events of the caller's own activity.

    Send again what wasn't answered: an id is written once. Each event that doesn't count is
    named with its reason.
    """
    found = [
        services.Sent(
            event.id,
            event.kind,
            event.course_id,
            event.lesson_id,
            event.occurred_at,
            event.clicks,
            event.seconds,
        )
        for event in sent.events
    ]
    principal = principal_of(request)
    return answer(services.receive_events(principal=principal, events=found, sent_at=sent.sent_at))
