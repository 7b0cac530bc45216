"""The entry points: ``send``, ``send_bulk``, ``queue_for_digest`` (docs/rules.md#notifications).

Call them inside the transaction of the cause: the rows are committed or rolled back with it,
and workers are woken after the commit. Undelivered messages are in PostgreSQL and nowhere else.
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
from optilearn.notifications.outbox.rows import (
    Draft,
    insert_deliveries,
    insert_notifications,
    link_to_digests,
    mark_expanded,
)
from optilearn.notifications.outbox.wake_ups import wake_workers
from optilearn.notifications.registry import definition_of
from optilearn.notifications.rules import TEST_PREFIX

MAX_IN_TRANSACTION: Final = 100
"""Up to so many recipients get their rows in the caller's transaction."""

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
    """Send a notification; return its id, or None if ``once`` of this key was sent before.

    ``data`` has exactly the names of the definition's example. ``dedupe`` identifies what is the
    same to a reader, by default the key with its data: it is sent once within a day. After
    ``expires_at`` it isn't sent any more. Up to 100 people get their rows now; more, and people
    who must be looked up, as with :func:`send_bulk`.
    """
    draft = Draft(definition_of(key), audience_of(to), data, once, dedupe, expires_at)
    return _write(draft, immediately=0 < len(draft.people) <= MAX_IN_TRANSACTION)


def send_bulk(
    *,
    key: str,
    to: To,
    data: Mapping[str, Any],
    once: str | None = None,
    dedupe: str = "",
    expires_at: datetime | None = None,
) -> int | None:
    """Send as :func:`send`, to many: one row now; workers write the people's rows in chunks."""
    draft = Draft(definition_of(key), audience_of(to), data, once, dedupe, expires_at)
    return _write(draft, immediately=False)


def queue_for_digest(
    *, key: str, to: To, data: Mapping[str, Any], once: str | None = None
) -> int | None:
    """Send as :func:`send`, but e-mails as items of the next digest, and without a push."""
    draft = Draft(definition_of(key), audience_of(to), data, once, for_digest=True)
    return _write(draft, immediately=0 < len(draft.people) <= MAX_IN_TRANSACTION)


@transaction.atomic(savepoint=False)
def _write(draft: Draft, *, immediately: bool) -> int | None:
    written = insert_notifications([draft])
    if not written:
        return None
    ((notification_id, _),) = written
    if immediately:
        _write_deliveries([(notification_id, person) for person in draft.people], draft)
        mark_expanded([notification_id])
    else:
        wake_workers(["expand"])
    return notification_id


def _write_deliveries(pairs: Sequence[tuple[int, int]], draft: Draft) -> None:
    if insert_deliveries(draft.definition, pairs):
        wake_workers(Channel)


@dataclass(frozen=True)
class Item:
    """One of many messages of a key, each to its own recipient and sent once."""

    to: Audience | int
    data: Mapping[str, Any]
    once: str
    expires_at: datetime | None = None
    dedupe: str = ""


@transaction.atomic(savepoint=False)
def send_each(*, key: str, items: Sequence[Item]) -> int:
    """Send many different messages of one key in a few statements; return how many are new.

    Used by scans, which may run again: a message whose ``once`` was sent isn't sent again.
    """
    definition = definition_of(key)
    drafts = {
        i.once: Draft(definition, audience_of(i.to), i.data, i.once, i.dedupe, i.expires_at)
        for i in items
    }
    written = insert_notifications(list(drafts.values())) if drafts else []
    known = [(n, drafts[str(once)]) for n, once in written if drafts[str(once)].people]
    if known:
        pairs = [(n, person) for n, draft in known for person in draft.people]
        _write_deliveries(pairs, known[0][1])
        mark_expanded([n for n, _ in known])
    if len(known) < len(written):
        wake_workers(["expand"])
    return len(written)


@dataclass(frozen=True)
class DigestMessage:
    """A person's digest and its items."""

    person_id: int
    data: Mapping[str, Any]
    once: str
    """Identifies the digest: ``DAILY:2026-11-23:7``."""
    item_ids: tuple[int, ...] = ()
    """The deliveries that it lists."""


@transaction.atomic(savepoint=False)
def send_digests(*, key: str, messages: Sequence[DigestMessage]) -> int:
    """Send digests by e-mail, whatever their readers' other preferences; return how many are new.

    Items get the outcome of the digest that lists them.
    """
    definition = definition_of(key)
    by_once = {m.once: m for m in messages}
    drafts = [Draft(definition, People((m.person_id,)), m.data, m.once) for m in messages]
    written = insert_notifications(drafts) if drafts else []
    rows = Delivery.objects.bulk_create(
        _email_row(notification_id, by_once[str(once)].person_id, key)
        for notification_id, once in written
    )
    mark_expanded([notification_id for notification_id, _ in written])
    links = [
        (item_id, row.pk)
        for (_, once), row in zip(written, rows, strict=True)
        for item_id in by_once[str(once)].item_ids
    ]
    if links:
        link_to_digests(links)
    if rows:
        wake_workers([Channel.EMAIL])
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
    """Send an administrator the example of a key on one channel, now; return the delivery's id.

    Raises ``AppError`` FORBIDDEN, ``KeyError``.
    """
    require(principal, ADMINS)
    definition = definition_of(key)
    notification = Notification.objects.create(
        key=key,
        data=dict(definition.example),
        dedupe=TEST_PREFIX + uuid.uuid4().hex,
        status=Notification.Status.EXPANDED,
        recipients=[principal.person_id],
        expanded=1,
        due_at=now(),
    )
    row = _email_row(notification.pk, principal.person_id, key)
    row.channel = channel
    row.save()
    wake_workers([channel])
    return row.pk
