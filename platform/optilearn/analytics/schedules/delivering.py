"""Handing an occurrence's files to the notification service, each recipient once.

A recipient's outcome and their message are written in one transaction, so neither is there without
the other. A mark in the object store remembers that the occurrence was sent: after PostgreSQL was
restored from an older backup it isn't sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from optilearn.analytics.models import (
    Occurrence,
    OccurrenceFile,
    OccurrenceRecipient,
    Schedule,
    Snapshot,
)
from optilearn.analytics.schedules.files import Work
from optilearn.analytics.schedules.leases import LEASE, write
from optilearn.analytics.schedules.outcomes import Reason, Skipped
from optilearn.analytics.schedules.recipients import (
    Recipient,
    chosen_of,
    principals_of,
    scopes_of,
)
from optilearn.analytics.sql.policies import sql_access
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.clock import now
from optilearn.core.sql import compose, quoted
from optilearn.core.tenancy.context import require_institution_id
from optilearn.files.marks import mark_once
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.services import Item, render_text, send_each
from reports.contracts import instant_text

KEY: Final = "ADMIN_REPORT_READY"
MAX_ATTACHED: Final = 8 * 1024**2
"""Bytes of all files of a message; more than this is always a link."""
CHUNK: Final = 500
_SET_GROUPS: Final = compose(
    'UPDATE analytics_occurrencerecipient r SET "group" = v."group", rows = v.rows'
    " FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[])"
    ' AS v(person_id, part, "group", rows)'
    " WHERE r.occurrence_id = %s AND r.status = <planned>"
    " AND r.person_id = v.person_id AND r.part = v.part",
    planned=quoted(OccurrenceRecipient.Status.PLANNED),
)
"""In SQL: one statement for thousands of rows, which the ORM would write as thousands of cases."""


@dataclass(frozen=True)
class Facts:
    """All that the messages of an occurrence say."""

    work: Work
    taken_at: str
    zone: ZoneInfo
    locale: str
    people: Mapping[tuple[int, str], Recipient]
    names: Mapping[int, Principal]
    files: Mapping[str, Sequence[OccurrenceFile]] = field(default_factory=dict)


def deliver(work: Work, people: Sequence[Recipient]) -> None:
    """Send each recipient their files; who isn't entitled any more gets nothing.

    Raises ``LeaseLost``; ``Skipped`` if it was sent before the records were restored.
    """
    work.schedule.refresh_from_db(fields=["recipients", "status"])
    is_paused = work.schedule.status == Schedule.Status.PAUSED
    if is_paused and work.occurrence.kind == Occurrence.Kind.SCHEDULED:
        raise Skipped(Reason.PAUSED)
    _mark(work.occurrence)
    facts = _facts(work, people)
    _set_groups(facts)
    while _deliver_some(facts):
        pass


def _set_groups(facts: Facts) -> None:
    """Write which file each recipient gets, and its rows: their scope may be another by now."""
    people = [one for one in facts.people.values() if one.group in facts.files]
    rows = [facts.files[one.group][0].rows for one in people]
    ids, parts = [one.person_id for one in people], [one.part for one in people]
    groups = [one.group for one in people]
    with transaction.atomic(), connection.cursor() as cursor:
        write(facts.work.occurrence, run_at=now() + LEASE)
        cursor.execute(_SET_GROUPS, [ids, parts, groups, rows, facts.work.occurrence.pk])


def _mark(occurrence: Occurrence) -> None:
    if occurrence.kind != Occurrence.Kind.SCHEDULED:
        return
    name = hashlib.sha256(occurrence.key.encode()).hexdigest()[:32]
    own = str(occurrence.uid)
    if mark_once(mark_name(occurrence.schedule, name), own) != own:
        raise Skipped(Reason.ALREADY_SENT)


def mark_name(schedule: Schedule, name: str) -> str:
    """Return the name of the mark of one of a schedule's occurrences."""
    return f"schedules/{schedule.uid}/{name}"


def _facts(work: Work, people: Sequence[Recipient]) -> Facts:
    institution = institution_by_id(require_institution_id())
    stored: dict[str, list[OccurrenceFile]] = {}
    for file in OccurrenceFile.objects.filter(occurrence_id=work.occurrence.pk).order_by("id"):
        stored.setdefault(file.group, []).append(file)
    principals = {p.person_id: p for p in principals_of(chosen_of(work.occurrence))}
    published = Snapshot.objects.filter(snapshot_id=work.snapshot.snapshot_id)
    taken_at = published.values_list("taken_at", flat=True).get()
    return Facts(
        work=work,
        taken_at=instant_text(taken_at),
        zone=ZoneInfo(institution.time_zone),
        locale=institution.locale,
        people=_entitled(people, principals),
        names=principals,
        files=stored,
    )


def _entitled(
    people: Sequence[Recipient], principals: Mapping[int, Principal]
) -> dict[tuple[int, str], Recipient]:
    """Return those who still are recipients, and may still see just the rows of their file.

    Of its SQL they may see more by now.

    Parents' children were asked of OptiCRM a moment ago; they aren't asked of again.
    """
    others = [p for p in principals.values() if p.role is not Role.PARENT]
    scopes = {person_id: scope.digest() for person_id, scope in scopes_of(others).items()}
    return {
        (one.person_id, one.part): one
        for one in people
        if one.person_id in principals
        and sql_access(principals[one.person_id]) >= one.sql
        and scopes.get(one.person_id, one.scope.digest()) == one.scope.digest()
    }


@transaction.atomic
def _deliver_some(facts: Facts) -> bool:
    """Deliver to the next recipients; return False after the last one."""
    occurrence = facts.work.occurrence
    write(occurrence, run_at=now() + LEASE)
    rows = list(
        OccurrenceRecipient.objects.filter(
            occurrence_id=occurrence.pk, status=OccurrenceRecipient.Status.PLANNED
        ).order_by("id")[:CHUNK]
    )
    outcomes: dict[Reason | None, list[OccurrenceRecipient]] = {}
    for row in rows:
        outcomes.setdefault(_reason_against(facts, row), []).append(row)
    items = [
        Item(row.person_id, payload(facts, row), f"schedule:{row.pk}")
        for row in outcomes.pop(None, [])
    ]
    send_each(key=KEY, items=items)
    for reason, skipped in outcomes.items():
        _those(skipped).update(status=OccurrenceRecipient.Status.SKIPPED, reason=reason)
    _those(rows).filter(status=OccurrenceRecipient.Status.PLANNED).update(
        status=OccurrenceRecipient.Status.SENT, sent_at=now()
    )
    return bool(rows)


def _those(rows: Sequence[OccurrenceRecipient]) -> QuerySet[OccurrenceRecipient]:
    return OccurrenceRecipient.objects.filter(pk__in=[row.pk for row in rows])


def _reason_against(facts: Facts, row: OccurrenceRecipient) -> Reason | None:
    """Return the reason why a recipient gets nothing, if any."""
    one = facts.people.get((row.person_id, row.part))
    if one is None or one.group not in facts.files:
        return Reason.ACCESS_CHANGED
    if not row.rows and facts.work.schedule.on_empty == Schedule.OnEmpty.SKIP:
        return Reason.EMPTY
    return None


def payload(facts: Facts, row: OccurrenceRecipient) -> dict[str, Any]:
    """Return the data of a recipient's message."""
    schedule, item = facts.work.schedule, facts.work.item
    stored = [file for file in facts.files.get(row.group, ()) if file.file_id is not None]
    data: dict[str, Any] = {
        "deliveryId": row.pk,
        "reportId": item.id,
        "reportName": schedule.name,
        "rows": row.rows or 0,
        "takenAt": facts.taken_at,
        "isStale": facts.work.occurrence.is_stale,
        "downloadUrl": file_url(row.pk, stored[0].format) if stored else "",
        "files": [{"name": file.name, "url": file_url(row.pk, file.format)} for file in stored],
        "attachments": _attached(schedule, stored),
    }
    texts = {"subject": schedule.subject, "note": schedule.note}
    names = {name: data[name] for name in ("reportName", "rows", "takenAt")} | {
        "dueAt": instant_text(facts.work.occurrence.due_at),
        "recipientName": facts.names[row.person_id].name,
    }
    return data | {
        name: render_text(text, names, zone=facts.zone, locale=facts.locale) if text else ""
        for name, text in texts.items()
    }


TEXT_NAMES: Final[Mapping[str, Any]] = {
    "reportName": "Grades by class",
    "rows": 1204,
    "takenAt": "2026-11-23T00:30:00Z",
    "dueAt": "2026-11-23T02:30:00Z",
    "recipientName": "Asha Rao",
}
"""The names that a schedule's subject and note may use, with an example of each."""


def _attached(schedule: Schedule, stored: Sequence[OccurrenceFile]) -> list[dict[str, Any]]:
    if not schedule.attaches or sum(file.size_bytes for file in stored) > MAX_ATTACHED:
        return []
    return [{"fileId": file.file_id, "name": file.name} for file in stored]


def file_url(recipient_id: int, form: str) -> str:
    """Return the address by which a recipient opens a file, in their own session."""
    base = settings.APP_URL.rstrip("/")
    return f"{base}/api/analytics/deliveries/{recipient_id}/files/{form}"
