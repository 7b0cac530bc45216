"""The daily or weekly digest of the notifications that a reader chose to get so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from optilearn.core.clock import now
from optilearn.institutions.selectors import InstitutionRow
from optilearn.notifications.definitions import Channel
from optilearn.notifications.digests.readers import (
    DAILY,
    WEEKLY,
    WITH_ITEMS,
    DigestKind,
    DueReader,
    due_readers,
    record_digests,
)
from optilearn.notifications.links import absolute
from optilearn.notifications.registry import definition_of
from optilearn.notifications.registry.digest import DIGEST
from optilearn.notifications.rendering.errors import RenderingError
from optilearn.notifications.rendering.reader import Reader, language_of
from optilearn.notifications.rendering.renderer import Renderer
from optilearn.notifications.rules import Rule
from optilearn.notifications.services import DigestMessage, send_digests
from optilearn.notifications.states import stated
from optilearn.people.rules import PEOPLE, active

MAX_LISTED: Final = 50
"""Items listed in an e-mail; the rest is counted, and can be read in the app."""
KINDS: Final = tuple(DigestKind(DIGEST.key, period, WITH_ITEMS) for period in (DAILY, WEEKLY))

_ITEMS: Final = stated(
    """
SELECT f.id, f.person_id, f.key, f.rule, CASE WHEN f.nth <= %(limit)s THEN f.data END
  FROM (SELECT d.id, d.person_id, d.key, n.data, v.rule,
               row_number() OVER (PARTITION BY d.person_id, v.rule ORDER BY d.id DESC) AS nth
          FROM unnest(%(people)s::bigint[], %(instants)s::timestamptz[]) AS w(person_id, at)
          JOIN notifications_delivery d ON d.person_id = w.person_id AND d.created_at < w.at
           AND d.status = <pending> AND d.carrier_id IS NULL AND NOT (d.digest = '')
           AND d.digest = %(period)s
          JOIN notifications_notification n ON n.id = d.notification_id
          <person>
          LEFT JOIN notifications_preference f ON f.person_id = d.person_id AND f.key = d.key
         CROSS JOIN LATERAL (
               SELECT CASE WHEN NOT (<active>) THEN 'inactive'
                           WHEN n.expires_at <= %(now)s THEN 'expired'
                           WHEN f.email IS FALSE OR f.frequency = 'NEVER' THEN 'preference'
                           ELSE '' END AS rule) v) f
 ORDER BY f.person_id, f.id
""",
    person=PEOPLE.joined("p", "d.person_id"),
    active=active(),
)
_SKIP: Final = stated("""
UPDATE notifications_delivery d SET status = <skipped>, rule = v.rule
  FROM unnest(%s::bigint[], %s::text[]) AS v(id, rule)
 WHERE d.id = v.id AND d.status = <pending> AND d.carrier_id IS NULL
""")


@dataclass
class QueuedItems:
    """Deliveries that wait for a reader's digest, the oldest first."""

    ids: list[int] = field(default_factory=list)
    listed: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """Key and payload of the newest ones."""


def send_item_digests(institution: InstitutionRow) -> int:
    """Send the daily and weekly digests that are due; return how many.

    A page of readers is one transaction, in which their items are linked and the digest is
    recorded: a scan that is killed at any line has sent a reader's digest or not begun it.
    """
    renderer = Renderer(institution)
    return sum(
        _send_page(kind, page, institution, renderer)
        for kind in KINDS
        for page in due_readers(kind, institution)
        if page
    )


@transaction.atomic
def _send_page(
    kind: DigestKind, page: Sequence[DueReader], institution: InstitutionRow, renderer: Renderer
) -> int:
    queued = _queued_items(kind, page)
    with_items = [one for one in page if one.person_id in queued]
    recorded = record_digests(kind, with_items)
    messages = [
        _message(kind, one, queued[one.person_id], institution, renderer)
        for one in with_items
        if one.person_id in recorded
    ]
    return send_digests(key=kind.key, messages=messages) if messages else 0


def _queued_items(kind: DigestKind, page: Sequence[DueReader]) -> dict[int, QueuedItems]:
    """Return the items by reader; skip those that a rule stops by now."""
    parameters: dict[str, Any] = {
        "people": [one.person_id for one in page],
        "instants": [one.due.at for one in page],
        "period": kind.period,
        "now": now(),
        "limit": MAX_LISTED,
    }
    found: dict[int, QueuedItems] = {}
    skipped: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, parameters)
        for delivery_id, person_id, key, rule, data in cursor.fetchall():
            if rule:
                skipped[delivery_id] = Rule(rule).value
                continue
            queued = found.setdefault(person_id, QueuedItems())
            queued.ids.append(delivery_id)
            if data is not None:
                queued.listed.append((key, json.loads(data) if isinstance(data, str) else data))
        if skipped:
            cursor.execute(_SKIP, [list(skipped), list(skipped.values())])
    return found


def _message(
    kind: DigestKind,
    one: DueReader,
    queued: QueuedItems,
    institution: InstitutionRow,
    renderer: Renderer,
) -> DigestMessage:
    with translation.override(language_of(one.reader.locale, institution.locale)):
        groups = _groups(queued, one.reader, renderer)
    data = {"period": kind.period, "count": len(queued.ids), "groups": groups}
    return DigestMessage(one.person_id, data, kind.once(one), tuple(queued.ids))


def _groups(queued: QueuedItems, reader: Reader, renderer: Renderer) -> list[dict[str, Any]]:
    """Group items by child or course, the rest at the end; in each the oldest first."""
    groups: dict[tuple[str, object], dict[str, Any]] = {}
    for key, data in queued.listed:
        kind = next((name for name in ("child", "course") if f"{name}Id" in data), "")
        place = (kind, data.get(f"{kind}Id"))
        title = data.get("childName" if kind == "child" else "courseTitle", "")
        group = groups.setdefault(place, {"title": title, "items": []})
        group["items"].append(_item(key, data, reader, renderer))
    rest = groups.pop(("", None), None)
    found = list(groups.values())
    if rest is not None:
        found.append(rest | {"title": _("Other news") if found else ""})
    return found


def _item(key: str, data: Mapping[str, Any], reader: Reader, renderer: Renderer) -> dict[str, str]:
    try:
        message = renderer.render(key, Channel.IN_APP, data, reader)
    except RenderingError:  # one broken template doesn't cost a reader the whole digest
        return {"title": str(definition_of(key).label), "url": absolute(DIGEST.link)}
    return {"title": message.title, "url": message.url}
