"""The digest of what a reader chose to hear of once a day or once a week."""

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
    Awaiting,
    Kind,
    awaiting,
    settle,
)
from optilearn.notifications.links import absolute
from optilearn.notifications.registry import definition_of
from optilearn.notifications.registry.digest import DIGEST
from optilearn.notifications.services import Carrier, carry
from optilearn.notifications.suppression import Rule
from optilearn.notifications.wording.errors import WordingError
from optilearn.notifications.wording.reader import Reader, language_of
from optilearn.notifications.wording.writer import Writer

MOST_LISTED: Final = 50
"""More than so many in one e-mail nobody reads: the rest is counted, and stands in the app."""
KINDS: Final = tuple(Kind(DIGEST.key, period, WITH_ITEMS) for period in (DAILY, WEEKLY))

_ITEMS: Final = """
SELECT f.id, f.person_id, f.key, f.rule, CASE WHEN f.nth <= %(most)s THEN f.data END
  FROM (SELECT d.id, d.person_id, d.key, n.data, v.rule,
               row_number() OVER (PARTITION BY d.person_id, v.rule ORDER BY d.id DESC) AS nth
          FROM unnest(%(people)s::bigint[], %(instants)s::timestamptz[]) AS w(person_id, at)
          JOIN notifications_delivery d ON d.person_id = w.person_id AND d.created_at < w.at
           AND d.status = 'PENDING' AND d.carrier_id IS NULL AND NOT (d.digest = '')
           AND d.digest = %(period)s
          JOIN notifications_notification n ON n.id = d.notification_id
          JOIN people_person p ON p.id = d.person_id
          LEFT JOIN notifications_preference f ON f.person_id = d.person_id AND f.key = d.key
         CROSS JOIN LATERAL (
               SELECT CASE WHEN p.status <> 'ACTIVE' THEN 'inactive'
                           WHEN n.expires_at <= %(now)s THEN 'expired'
                           WHEN f.email IS FALSE OR f.frequency = 'NEVER' THEN 'preference'
                           ELSE '' END AS rule) v) f
 ORDER BY f.person_id, f.id
"""
_SKIP: Final = """
UPDATE notifications_delivery d SET status = 'SKIPPED', rule = v.rule
  FROM unnest(%s::bigint[], %s::text[]) AS v(id, rule)
 WHERE d.id = v.id AND d.status = 'PENDING' AND d.carrier_id IS NULL
"""


@dataclass
class Waiting:
    """What waits for a reader, the oldest first."""

    ids: list[int] = field(default_factory=list)
    listed: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """Key and payload of the newest ones."""


def make_item_digests(institution: InstitutionRow) -> int:
    """Make the daily and weekly digests that are due; how many.

    A page of readers is one transaction: their items are carried and the digest is remembered
    in it, so a scan that is killed at any line has made a reader's digest or not begun it.
    """
    writer = Writer(institution)
    return sum(
        _make(kind, page, institution, writer)
        for kind in KINDS
        for page in awaiting(kind, institution)
        if page
    )


@transaction.atomic
def _make(kind: Kind, page: Sequence[Awaiting], institution: InstitutionRow, writer: Writer) -> int:
    waiting = _waiting(kind, page)
    with_items = [one for one in page if one.person_id in waiting]
    ours = settle(kind, with_items)
    carriers = [
        _carrier(kind, one, waiting[one.person_id], institution, writer)
        for one in with_items
        if one.person_id in ours
    ]
    return carry(key=kind.key, carriers=carriers) if carriers else 0


def _waiting(kind: Kind, page: Sequence[Awaiting]) -> dict[int, Waiting]:
    """What is to be told to whom; what no rule lets through any more is put down as skipped."""
    parameters: dict[str, Any] = {
        "people": [one.person_id for one in page],
        "instants": [one.due.at for one in page],
        "period": kind.period,
        "now": now(),
        "most": MOST_LISTED,
    }
    found: dict[int, Waiting] = {}
    skipped: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, parameters)
        for delivery_id, person_id, key, rule, data in cursor.fetchall():
            if rule:
                skipped[delivery_id] = Rule(rule).value
                continue
            waiting = found.setdefault(person_id, Waiting())
            waiting.ids.append(delivery_id)
            if data is not None:
                waiting.listed.append((key, json.loads(data) if isinstance(data, str) else data))
        if skipped:
            cursor.execute(_SKIP, [list(skipped), list(skipped.values())])
    return found


def _carrier(
    kind: Kind,
    one: Awaiting,
    waiting: Waiting,
    institution: InstitutionRow,
    writer: Writer,
) -> Carrier:
    with translation.override(language_of(one.reader.locale, institution.locale)):
        groups = _groups(waiting, one.reader, writer)
    data = {"period": kind.period, "count": len(waiting.ids), "groups": groups}
    return Carrier(one.person_id, data, kind.once(one), tuple(waiting.ids))


def _groups(waiting: Waiting, reader: Reader, writer: Writer) -> list[dict[str, Any]]:
    """By child, by course, and the rest at the end; in each the oldest first."""
    groups: dict[tuple[str, object], dict[str, Any]] = {}
    for key, data in waiting.listed:
        kind = next((name for name in ("child", "course") if f"{name}Id" in data), "")
        place = (kind, data.get(f"{kind}Id"))
        title = data.get("childName" if kind == "child" else "courseTitle", "")
        group = groups.setdefault(place, {"title": title, "items": []})
        group["items"].append(_item(key, data, reader, writer))
    rest = groups.pop(("", None), None)
    found = list(groups.values())
    if rest is not None:
        found.append(rest | {"title": _("Other news") if found else ""})
    return found


def _item(key: str, data: Mapping[str, Any], reader: Reader, writer: Writer) -> dict[str, str]:
    try:
        said = writer.write(key, Channel.IN_APP, data, reader)
    except WordingError:  # one broken template doesn't cost a reader the whole digest
        return {"title": str(definition_of(key).label), "url": absolute(DIGEST.link)}
    return {"title": said.title, "url": said.url}
