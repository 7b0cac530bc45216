"""Reads of the inbox. Everybody sees their own messages and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Case, F, JSONField, QuerySet, When
from django.utils import translation

from optilearn.core.access.principal import Principal
from optilearn.institutions.selectors import InstitutionRow, institution_by_id
from optilearn.notifications.definitions import Channel
from optilearn.notifications.inbox.schemas import InboxQuery
from optilearn.notifications.models import Delivery
from optilearn.notifications.quiet import zone_of
from optilearn.notifications.registry import definition_of
from optilearn.notifications.wording.errors import WordingError
from optilearn.notifications.wording.reader import Reader, language_of
from optilearn.notifications.wording.writer import Writer

Row = dict[str, Any]

_IN_IT: Final = (Delivery.Status.PENDING.value, Delivery.Status.SENT.value)
_COLUMNS: Final = ("id", "key", "category", "title", "body", "url", "created_at", "read_at")


def inbox_of(person_id: int) -> QuerySet[Delivery]:
    """The person's messages in the app; the indexes of the inbox are made for just this."""
    return Delivery.objects.filter(
        person_id=person_id, channel=Channel.IN_APP.value, status__in=_IN_IT
    )


def inbox(principal: Principal, query: InboxQuery) -> tuple[list[Row], int]:
    """A page of the caller's messages, the newest first, and how many there are.

    Two queries. Two more where some aren't written yet, because the worker hasn't come to them:
    those are written while they are read, as the worker will write them.
    """
    found = inbox_of(principal.person_id)
    if query.unread_only:
        found = found.filter(read_at=None)
    if query.category is not None:
        found = found.filter(category=query.category.value)
    page = found.order_by("-id").annotate(
        payload=Case(When(title="", then=F("notification__data")), output_field=JSONField()),
        time_zone=F("person__time_zone"),
    )
    rows = list(page.values(*_COLUMNS, "payload", "time_zone")[query.part.window])
    if any(not row["title"] for row in rows):
        _write(principal, rows)
    return [_row(row) for row in rows], found.count()


def unread_count(principal: Principal) -> int:
    """How many of the caller's messages are new. One query, of an index alone."""
    return inbox_of(principal.person_id).filter(read_at=None).count()


def _write(principal: Principal, rows: list[Row]) -> None:
    institution = institution_by_id(principal.institution_id)
    writer = Writer(institution)
    zone = zone_of(rows[0]["time_zone"], institution.time_zone)
    reader = Reader(principal.person_id, principal.name, principal.locale, zone)
    for row in rows:
        if not row["title"]:
            row.update(_written(writer, institution, row, reader))


def _written(
    writer: Writer, institution: InstitutionRow, row: Mapping[str, Any], reader: Reader
) -> dict[str, str]:
    try:
        said = writer.write(row["key"], Channel.IN_APP, row["payload"], reader)
    except WordingError:  # the worker will say so in the log; the reader hears at least of what
        with translation.override(language_of(reader.locale, institution.locale)):
            return {"title": str(definition_of(row["key"]).label)}
    return {"title": said.title, "body": said.body, "url": said.url}


def _row(row: Mapping[str, Any]) -> Row:
    return {
        "id": row["id"],
        "key": row["key"],
        "category": row["category"],
        "title": row["title"],
        "body": row["body"],
        "url": row["url"],
        "createdAt": row["created_at"],
        "readAt": row["read_at"],
        "isRead": row["read_at"] is not None,
    }
