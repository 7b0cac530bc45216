"""Reads of the inbox. People see only their own messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.utils import translation

from optilearn.core.access.principal import Principal
from optilearn.institutions.selectors import (
    InstitutionRow,
    institution_by_id,
    known_institution,
)
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


def inbox(principal: Principal, query: InboxQuery, *, language: str = "") -> tuple[list[Row], int]:
    """Return a page of the caller's messages, the newest first, and how many there are.

    One query. Three more where some aren't written yet, because the worker hasn't come to them:
    those are written while they are read, as the worker will write them. Three more, too, in
    another ``language`` than the one that the reader's messages are written in: they are written
    anew, as far as their values are still there.
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
    is_other = language != "" and language_of(language) != _language_of(principal)
    unwritten = rows if is_other else [row for row in rows if not row["title"]]
    if unwritten:
        _write(principal, unwritten, language or principal.locale)
    return rows, found[0][0]


def unread_count(principal: Principal) -> int:
    """Return how many of the caller's messages are new. One index-only query."""
    return inbox_of(principal.person_id).filter(read_at=None).count()


def _language_of(principal: Principal) -> str:
    """Return the language that the worker writes the reader's messages in."""
    institution = known_institution(principal.institution_slug)
    return language_of(principal.locale, institution.locale if institution else "")


def _write(principal: Principal, rows: list[Row], locale: str) -> None:
    institution = institution_by_id(principal.institution_id)
    renderer = Renderer(institution)
    payloads = Delivery.objects.filter(pk__in=[row["id"] for row in rows]).values_list(
        "id", "notification__data", "person__time_zone"
    )
    known = {delivery_id: (data, zone) for delivery_id, data, zone in payloads}
    for row in rows:
        if row["id"] in known:
            data, name = known[row["id"]]
            zone = zone_of(name, institution.time_zone)
            reader = Reader(principal.person_id, principal.name, locale, zone)
            row.update(_written(renderer, institution, row, data, reader))


def _written(
    renderer: Renderer,
    institution: InstitutionRow,
    row: Row,
    data: Mapping[str, Any],
    reader: Reader,
) -> dict[str, str]:
    """Return the text of a message; nothing where what is stored is all that there is."""
    definition = definition_of(row["key"])
    if row["title"] and not definition.names <= data.keys():  # its values were deleted since
        return {}
    try:
        said = renderer.render(row["key"], Channel.IN_APP, data, reader)
    except RenderingError:  # the worker records the failure in the log; the reader gets the label
        if row["title"]:
            return {}
        with translation.override(language_of(reader.locale, institution.locale)):
            return {"title": str(definition.label)}
    return {"title": said.title, "body": said.body, "url": said.url}
