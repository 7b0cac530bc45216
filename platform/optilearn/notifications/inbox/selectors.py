"""Reads of the inbox. People see only their own messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.utils import translation

from optilearn.core.access.principal import Principal
from optilearn.institutions.selectors import InstitutionRow, institution_by_id
from optilearn.notifications.definitions import Channel
from optilearn.notifications.inbox.schemas import InboxQuery
from optilearn.notifications.models import Delivery
from optilearn.notifications.quiet import zone_of
from optilearn.notifications.registry import definition_of
from optilearn.notifications.rendering.errors import RenderingError
from optilearn.notifications.rendering.reader import Reader, language_of
from optilearn.notifications.rendering.renderer import Renderer
from optilearn.notifications.states import stated

Row = dict[str, Any]

_IN_IT: Final = (Delivery.Status.PENDING.value, Delivery.Status.SENT.value)
_NAMES: Final = (
    "id", "key", "category", "title", "body", "url", "createdAt", "readAt", "isRead",
)  # fmt: skip
_MINE: Final = stated(
    "person_id = %(person)s AND channel = <in_app> AND status IN (<pending>, <sent>)"
)
_PAGE: Final = """
SELECT t.total, d.id, d.key, d.category, d.title, d.body, d.url, d.created_at, d.read_at,
       d.read_at IS NOT NULL
  FROM (SELECT count(*) AS total FROM notifications_delivery WHERE {mine}) t
  LEFT JOIN LATERAL (
       SELECT * FROM notifications_delivery WHERE {mine}
        ORDER BY id DESC LIMIT %(limit)s OFFSET %(offset)s) d ON true
 ORDER BY d.id DESC
"""


def inbox_of(person_id: int) -> QuerySet[Delivery]:
    """Return the person's messages in the app; the inbox's indexes serve this condition."""
    return Delivery.objects.filter(
        person_id=person_id, channel=Channel.IN_APP.value, status__in=_IN_IT
    )


def inbox(principal: Principal, query: InboxQuery) -> tuple[list[Row], int]:
    """Return a page of the caller's messages, the newest first, and how many there are.

    One query. Three more where some aren't written yet, because the worker hasn't come to them:
    those are written while they are read, as the worker will write them.
    """
    mine = _MINE
    if query.unread_only:
        mine += " AND read_at IS NULL"
    if query.category is not None:
        mine += " AND category = %(category)s"
    parameters: dict[str, Any] = {
        "person": principal.person_id,
        "category": query.category,
        "limit": query.limit,
        "offset": query.part.offset,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAGE.format(mine=mine), parameters)
        found = cursor.fetchall()
    rows = [dict(zip(_NAMES, row[1:], strict=True)) for row in found if row[1] is not None]
    if any(not row["title"] for row in rows):
        _write(principal, rows)
    return rows, found[0][0]


def unread_count(principal: Principal) -> int:
    """Return how many of the caller's messages are new. One index-only query."""
    return inbox_of(principal.person_id).filter(read_at=None).count()


def _write(principal: Principal, rows: list[Row]) -> None:
    institution = institution_by_id(principal.institution_id)
    renderer = Renderer(institution)
    unwritten = [row["id"] for row in rows if not row["title"]]
    payloads = Delivery.objects.filter(pk__in=unwritten).values_list(
        "id", "notification__data", "person__time_zone"
    )
    known = {delivery_id: (data, zone) for delivery_id, data, zone in payloads}
    for row in rows:
        if row["id"] in known:
            data, name = known[row["id"]]
            zone = zone_of(name, institution.time_zone)
            reader = Reader(principal.person_id, principal.name, principal.locale, zone)
            row.update(_written(renderer, institution, row["key"], data, reader))


def _written(
    renderer: Renderer,
    institution: InstitutionRow,
    key: str,
    data: Mapping[str, Any],
    reader: Reader,
) -> dict[str, str]:
    try:
        said = renderer.render(key, Channel.IN_APP, data, reader)
    except RenderingError:  # the worker records the failure in the log; the reader gets the label
        with translation.override(language_of(reader.locale, institution.locale)):
            return {"title": str(definition_of(key).label)}
    return {"title": said.title, "body": said.body, "url": said.url}
