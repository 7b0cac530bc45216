"""The API of the calendar, and its feed for calendar programs."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.calendars import ical, services
from optilearn.calendars.schemas import CalendarQuery, EntryOut, FeedOut, NewFeed
from optilearn.calendars.selectors.entries import calendar_of
from optilearn.calendars.selectors.feeds import own_feed
from optilearn.core import clock
from optilearn.core.access.refusals import client_address
from optilearn.core.http.auth import Public, principal_of
from optilearn.core.http.conditional import answer_bytes, answer_cached
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.openapi import conditional
from optilearn.institutions.selectors import institution_by_id

router = Router(tags=["Calendar"], by_alias=True)
_ICALENDAR: Final[dict[int, Any]] = {
    200: {
        "description": "The calendar.",
        "content": {"text/calendar": {"schema": {"type": "string"}}},
    },
    304: {"description": "As the caller has it."},
}


@router.get(
    "/me/calendar",
    response={200: Envelope[list[EntryOut]], **refusals(400, 503)},
    openapi_extra=conditional(),
    operation_id="getOwnCalendar",
)
def own_calendar(request: HttpRequest, query: Query[CalendarQuery]) -> HttpResponse:
    """Everything with a date for the caller, by time.

    For students with their extensions, extra time and moved lessons; for parents of all their
    children; for teachers of the courses they teach; and the school's terms and holidays.
    """
    principal = principal_of(request)
    zone = ZoneInfo(institution_by_id(principal.institution_id).time_zone)
    since, until = query.days(clock.now().astimezone(zone).date())
    entries = calendar_of(principal, since, until, zone).entries
    return answer_cached(request, [one.to_wire() for one in entries])


@router.get(
    "/me/calendar-feed",
    response={200: Envelope[FeedOut], **refusals()},
    operation_id="getCalendarFeed",
)
def feed(request: HttpRequest) -> HttpResponse:
    """Say if programs can read the caller's calendar by a secret address."""
    return answer(own_feed(principal_of(request)))


@router.post(
    "/me/calendar-feed",
    response={201: Envelope[NewFeed], **refusals()},
    operation_id="createCalendarFeed",
)
def new_feed(request: HttpRequest) -> HttpResponse:
    """Make a secret address of the caller's calendar, for calendar programs.

    It is shown this once. An older address ends at once, so this is also the way to change one that
    somebody else has seen.
    """
    token = services.create_feed(principal=principal_of(request))
    url = request.build_absolute_uri(f"/api/calendars/{token}.ics")
    return answer({"url": url, "webcalUrl": f"webcal:{url.partition(':')[2]}"}, status=201)


@router.delete(
    "/me/calendar-feed",
    response={200: Envelope[Done], **refusals(404)},
    operation_id="revokeCalendarFeed",
)
def end_feed(request: HttpRequest) -> HttpResponse:
    """End the address of the caller's calendar at once."""
    services.revoke_feed(principal=principal_of(request))
    return answer({"done": True})


@router.get(
    "/calendars/{token}.ics",
    auth=Public(),
    response=refusals(404, 503),
    openapi_extra=conditional() | {"responses": _ICALENDAR},
    operation_id="readCalendarFeed",
)
def read(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of whoever made the address, as iCalendar: 60 days back, 400 days ahead.

    Entries that are gone stay in it as cancelled ones for 90 days.
    """
    body = services.read_feed(token, client_address(request))
    return answer_bytes(request, body, ical.CONTENT_TYPE)
