"""Writes of feeds: made, revoked, and read by programs that show what was cancelled."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from optilearn.calendars.models import CalendarFeed
from optilearn.calendars.revisions import Revisions, from_json, revised, to_json
from optilearn.calendars.selectors.entries import Calendar, calendar_of
from optilearn.calendars.selectors.feeds import as_icalendar
from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.refusals import refusals
from optilearn.core.access.tokens import TokenError
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import InstitutionRow, institution_by_number
from optilearn.people.authentication import principal_of_person
from optilearn.people.hashing import token_hash

PAST: Final = timedelta(days=60)
AHEAD: Final = timedelta(days=400)
"""A feed has what is at most so long past or ahead."""


@transaction.atomic
def create_feed(*, principal: Principal) -> str:
    """Return the secret of a new address of the caller's calendar; an older one ends at once.

    Raises ``AppError`` FORBIDDEN for an administrator who acts as somebody else, and for a token of
    an integration: the address would outlive both.
    """
    refuse_unless(
        principal.actor_id is None and principal.scopes is None,
        _("Only the person themselves can get the address of their calendar."),
    )
    token = f"{principal.institution_id}-{secrets.token_urlsafe(32)}"
    CalendarFeed.objects.update_or_create(
        person_id=principal.person_id,
        defaults={"token_hash": token_hash(token), "created_at": clock.now()},
    )
    audit.record(
        action="calendar_feed.create", actor=principal, target=f"person:{principal.person_id}"
    )
    return token


@transaction.atomic
def revoke_feed(*, principal: Principal) -> None:
    """End the address of the caller's calendar. Raises ``AppError`` NOT_FOUND if there is none."""
    if not revoke_feed_of(principal.person_id):
        raise not_found()
    audit.record(
        action="calendar_feed.revoke", actor=principal, target=f"person:{principal.person_id}"
    )


def revoke_feed_of(person_id: int) -> int:
    """End the address of a person's calendar; return how many there were."""
    return CalendarFeed.objects.filter(person_id=person_id).delete()[0]


def read_feed(token: str, address: str) -> bytes:
    """Return the calendar that a secret address shows, in its owner's language, as iCalendar.

    Raises ``AppError``: NOT_FOUND for an address that was never made or is revoked, and for a
    person who has left; RATE_LIMITED after too many of those from one network ``address``;
    SERVICE_UNAVAILABLE for a parent if OptiCRM doesn't answer.
    """
    if refusals.are_too_many(address) and not refusals.know(token):
        raise AppError(ErrorCode.RATE_LIMITED, "")
    institution = _institution_of(token)
    if institution is not None:
        with tenant_context(institution.id):
            owner = _owner_of(institution, token)
            if owner is not None:
                refusals.prove(token)
                with translation.override(owner.principal.locale):
                    return _published(institution, owner)
    refusals.note(address)
    raise not_found()


@dataclass(frozen=True)
class _Owner:
    feed_id: int
    principal: Principal
    revisions: Revisions


def _institution_of(token: str) -> InstitutionRow | None:
    number, _dash, secret = token.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) <= 15 and secret):
        return None
    return institution_by_number(int(number))


def _owner_of(institution: InstitutionRow, token: str) -> _Owner | None:
    feeds = CalendarFeed.objects.filter(token_hash=token_hash(token))
    found = feeds.values_list("id", "person_id", "revisions").first()
    if found is None:
        return None
    feed_id, person_id, revisions = found
    try:
        principal = principal_of_person(institution, person_id)
    except TokenError:  # the person has left
        return None
    return _Owner(feed_id, principal, from_json(revisions))


def _published(institution: InstitutionRow, owner: _Owner) -> bytes:
    found = _gathered(institution, owner.principal, owner.revisions)
    if any(owner.revisions.get(key) != one for key, one in found.revisions.items()):
        found = _saved(institution, owner)
    return as_icalendar(found.calendar, found.revisions, institution.slug, institution.name)


@dataclass(frozen=True)
class _Gathered:
    calendar: Calendar
    revisions: Revisions


def _gathered(institution: InstitutionRow, principal: Principal, known: Revisions) -> _Gathered:
    now = clock.now()
    zone = ZoneInfo(institution.time_zone)
    today = now.astimezone(zone).date()
    calendar = calendar_of(principal, today - PAST, today + AHEAD, zone)
    return _Gathered(calendar, revised(known, calendar.entries, today, now))


@transaction.atomic
def _saved(institution: InstitutionRow, owner: _Owner) -> _Gathered:
    """Gather once more and write it, one reader of the feed after the other.

    Who gathered before another one wrote would else publish older dates under a newer number.
    """
    feed = CalendarFeed.objects.select_for_update().filter(pk=owner.feed_id).first()
    if feed is None:  # revoked meanwhile
        raise not_found()
    found = _gathered(institution, owner.principal, from_json(feed.revisions))
    feed.revisions = to_json(found.revisions)
    feed.save(update_fields=["revisions"])
    return found
