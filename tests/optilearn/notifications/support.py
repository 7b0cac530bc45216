"""Messages, people and workers for the tests of notifications."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery import claims
from optilearn.notifications.models import AddressState, Delivery
from optilearn.notifications.registry import definition_of
from optilearn.people.models import Person
from tests.support.twins import Twin

NOON: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""Noon in London, half past five in the afternoon in Kolkata: nobody's quiet hours."""


def payload(key: str, **changes: Any) -> dict[str, Any]:
    """The example of a key, with other values for some names."""
    return dict(definition_of(key).example) | changes


def reach(twin: Twin, code: str, **facts: Any) -> Person:
    """Give a person an address, and what else is wanted."""
    person = twin.people[code]
    with tenant_context(twin.id):
        values = {"email": f"{person.crm_id}@example.org".replace("मीरा", "mira")} | facts
        Person.objects.filter(pk=person.pk).update(**values)
        person.refresh_from_db()
    return person


def notified(person: Person, channel: Channel = Channel.EMAIL) -> list[Delivery]:
    """What the person was told or not on a channel, in its order."""
    return list(Delivery.objects.filter(person=person, channel=channel).order_by("id"))


def claim(channel: Channel = Channel.EMAIL, limit: int = 50) -> list[claims.Claim]:
    """What goes out now."""
    return list(claims.claim_due(channel, limit=limit, provider="SMTP").claims)


def outcome(row: Delivery) -> tuple[str, str]:
    """A delivery's status and rule, as they are now."""
    row.refresh_from_db()
    return row.status, row.rule


def later(**span: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(**span)


def suppressed(*addresses: str) -> dict[str, str]:
    """Of these addresses, in lower case, those that aren't written to any more, and why."""
    found = AddressState.objects.filter(address__in=addresses, suppressed_at__isnull=False)
    return dict(found.values_list("address", "reason"))
