"""The one entry point: ``send``, ``send_bulk``, ``queue_for_digest`` (domain.md §7).

All are called inside the transaction of what causes the message: the rows stand or fall with
it, and workers are told after the commit. What isn't delivered yet is in PostgreSQL and
nowhere else.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.notifications.audiences import Audience, People, audience_of
from optilearn.notifications.definitions import Channel
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.registry import definition_of
from optilearn.notifications.services.judging import TEST
from optilearn.notifications.services.rows import (
    Draft,
    insert_deliveries,
    insert_notifications,
    mark_expanded,
    set_carriers,
)
from optilearn.notifications.services.waking import wake

AT_ONCE: Final = 100
"""Up to so many people get their rows in the caller's transaction."""

To = Audience | Sequence[int] | int


def send(
    *,
    key: str,
    to: To,
    data: Mapping[str, Any],
    once: str | None = None,
    dedupe: str = "",
    expires_at: datetime | None = None,
) -> int | None:
    """Tell people something; its id, or None if ``once`` of this key was told before.

    ``data`` has exactly the names of the definition's example. ``dedupe`` is what is the same
    to a reader, by default the key with its data: within a day it is told once. After
    ``expires_at`` it isn't told any more. Up to 100 people get their rows now; more, and those
    who must be looked up, as with :func:`send_bulk`.
    """
    draft = Draft(definition_of(key), audience_of(to), data, once, dedupe, expires_at)
    return _write(draft, at_once=0 < len(draft.people) <= AT_ONCE)


def send_bulk(
    *,
    key: str,
    to: To,
    data: Mapping[str, Any],
    once: str | None = None,
    dedupe: str = "",
    expires_at: datetime | None = None,
) -> int | None:
    """As :func:`send`, for many: one row now; workers write the people's rows in chunks."""
    draft = Draft(definition_of(key), audience_of(to), data, once, dedupe, expires_at)
    return _write(draft, at_once=False)


def queue_for_digest(
    *, key: str, to: To, data: Mapping[str, Any], once: str | None = None
) -> int | None:
    """As :func:`send`, but by e-mail only within the person's next digest, and without a push."""
    draft = Draft(definition_of(key), audience_of(to), data, once, for_digest=True)
    return _write(draft, at_once=0 < len(draft.people) <= AT_ONCE)


@transaction.atomic(savepoint=False)
def _write(draft: Draft, *, at_once: bool) -> int | None:
    written = insert_notifications([draft])
    if not written:
        return None
    ((notification_id, _),) = written
    if at_once:
        _give([(notification_id, person) for person in draft.people], draft)
        mark_expanded([notification_id])
    else:
        wake(["expand"])
    return notification_id


def _give(pairs: Sequence[tuple[int, int]], draft: Draft) -> None:
    if insert_deliveries(draft.definition, pairs):
        wake(Channel)


@dataclass(frozen=True)
class Item:
    """One of many messages of a key, each to its own person and told once."""

    to: Audience | int
    data: Mapping[str, Any]
    once: str
    expires_at: datetime | None = None


@transaction.atomic(savepoint=False)
def send_each(*, key: str, items: Sequence[Item]) -> int:
    """Send many different messages of one key in a few statements; how many are new.

    For the scans that remind: run again, what was told isn't told again.
    """
    definition = definition_of(key)
    drafts = {
        i.once: Draft(definition, audience_of(i.to), i.data, i.once, expires_at=i.expires_at)
        for i in items
    }
    written = insert_notifications(list(drafts.values())) if drafts else []
    known = [(n, drafts[str(once)]) for n, once in written if drafts[str(once)].people]
    if known:
        pairs = [(n, person) for n, draft in known for person in draft.people]
        _give(pairs, known[0][1])
        mark_expanded([n for n, _ in known])
    if len(known) < len(written):
        wake(["expand"])
    return len(written)


@dataclass(frozen=True)
class Carrier:
    """A person's digest and what it carries."""

    person_id: int
    data: Mapping[str, Any]
    once: str
    """Which digest it is: ``DAILY:2026-11-23:7``."""
    item_ids: tuple[int, ...] = ()
    """The deliveries that it tells."""


@transaction.atomic(savepoint=False)
def carry(*, key: str, carriers: Sequence[Carrier]) -> int:
    """Send digests by e-mail, whatever their readers prefer otherwise; how many are new.

    The items share the fate of the digest that carries them.
    """
    definition = definition_of(key)
    by_once = {c.once: c for c in carriers}
    drafts = [Draft(definition, People((c.person_id,)), c.data, c.once) for c in carriers]
    written = insert_notifications(drafts) if drafts else []
    rows = Delivery.objects.bulk_create(
        _email_row(notification_id, by_once[str(once)].person_id, key)
        for notification_id, once in written
    )
    mark_expanded([notification_id for notification_id, _ in written])
    carried = [
        (item_id, row.pk)
        for (_, once), row in zip(written, rows, strict=True)
        for item_id in by_once[str(once)].item_ids
    ]
    if carried:
        set_carriers(carried)
    if rows:
        wake([Channel.EMAIL])
    return len(rows)


def _email_row(notification_id: int, person_id: int, key: str) -> Delivery:
    definition = definition_of(key)
    return Delivery(
        notification_id=notification_id,
        person_id=person_id,
        channel=Channel.EMAIL,
        key=key,
        category=definition.category,
        priority=definition.priority,
        due_at=now(),
        created_at=now(),
    )


@transaction.atomic(savepoint=False)
def send_test(*, principal: Principal, key: str, channel: Channel) -> int:
    """Send an administrator the example of a key on one channel, now; the delivery's id.

    Raises ``AppError`` FORBIDDEN, ``KeyError``.
    """
    require(principal, ADMINS)
    definition = definition_of(key)
    notification = Notification.objects.create(
        key=key,
        data=dict(definition.example),
        dedupe=TEST + uuid.uuid4().hex,
        status=Notification.Status.EXPANDED,
        recipients=[principal.person_id],
        expanded=1,
        due_at=now(),
    )
    row = _email_row(notification.pk, principal.person_id, key)
    row.channel = channel
    row.save()
    wake([channel])
    return row.pk
