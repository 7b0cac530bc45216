"""Find the readers whose digest is due: in pages, each page one query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection

from optilearn.core.clock import now
from optilearn.core.sql import compose
from optilearn.core.tenancy.context import require_institution_id
from optilearn.courses.rules import teaches_published
from optilearn.institutions.selectors import InstitutionRow
from optilearn.notifications.definitions import Definition
from optilearn.notifications.digests.hours import Due, Hour, last_due
from optilearn.notifications.policy import NotificationPolicy, policy_of, quiet_hours_of
from optilearn.notifications.quiet import zone_of
from optilearn.notifications.registry import definition_of
from optilearn.notifications.rendering.reader import Reader
from optilearn.notifications.states import stated
from optilearn.people.rules import PEOPLE, active

PAGE: Final = 500
DAILY: Final = "DAILY"
WEEKLY: Final = "WEEKLY"

_PAGE: Final = compose(
    """
SELECT p.id, p.name, p.locale, p.time_zone, r.digest_hour, r.digest_weekday, r.quiet_enabled,
       r.quiet_start, r.quiet_end,
       g.day, g.covers_until
  FROM <people>
  LEFT JOIN LATERAL (
       SELECT day, covers_until FROM notifications_digest
        WHERE person_id = p.id AND key = %(key)s AND period = %(period)s
        ORDER BY day DESC LIMIT 1) g ON true
  LEFT JOIN notifications_readerprofile r ON r.person_id = p.id
 WHERE {reader_filter}
 ORDER BY p.id LIMIT %(limit)s
""",
    people=PEOPLE.aliased("p"),
)
WITH_ITEMS: Final = stated("""
p.id IN (SELECT DISTINCT d.person_id FROM notifications_delivery d
          WHERE d.status = <pending> AND d.carrier_id IS NULL AND NOT (d.digest = '')
            AND d.digest = %(period)s AND d.person_id > %(after)s
          ORDER BY d.person_id LIMIT %(limit)s)
""")
"""People with queued items. Its own limit makes the page an index scan."""
_WANTS_IT: Final = compose(
    """
p.id > %(after)s AND <active> AND p.email <> '' AND p.role = ANY(%(roles)s)
AND NOT EXISTS (SELECT FROM notifications_preference f
                 WHERE f.person_id = p.id AND f.key = %(key)s
                   AND (f.email IS FALSE OR f.frequency = 'NEVER'))
""",
    active=active(),
)
PARENTS: Final = _WANTS_IT
TEACHERS: Final = f"{_WANTS_IT}AND {teaches_published('p.id')}\n"

_RECORD: Final = """
INSERT INTO notifications_digest (
       institution_id, person_id, key, period, day, covers_until, created_at)
SELECT %s, v.person_id, %s, %s, v.day, v.covers_until, %s
  FROM unnest(%s::bigint[], %s::date[], %s::timestamptz[]) AS v(person_id, day, covers_until)
 ORDER BY v.person_id
    ON CONFLICT (institution_id, person_id, key, period, day) DO NOTHING
RETURNING person_id
"""


@dataclass(frozen=True)
class DigestKind:
    """A kind of digest: its key, its period, and the SQL condition that selects its readers."""

    key: str
    period: str
    reader_filter: str

    @property
    def definition(self) -> Definition:
        """Definition of its key."""
        return definition_of(self.key)

    def once(self, one: DueReader) -> str:
        """Return the identity of a reader's digest: it is sent once."""
        return f"{self.period}:{one.due.day}:{one.reader.person_id}"


@dataclass(frozen=True)
class DueReader:
    """A reader whose digest is due and not sent yet."""

    reader: Reader
    due: Due

    @property
    def person_id(self) -> int:
        """The reader's id."""
        return self.reader.person_id


def due_readers(kind: DigestKind, institution: InstitutionRow) -> Iterator[list[DueReader]]:
    """Yield the readers whose digest is due, a page at a time; pages may be empty."""
    policy = policy_of(institution.settings)
    after, is_more = 0, True
    while is_more:
        rows = _page(kind, after)
        found = (_due_reader(row, kind, institution, policy) for row in rows)
        yield [one for one in found if one is not None]
        is_more = len(rows) == PAGE
        after = rows[-1][0] if rows else 0


def record_digests(kind: DigestKind, people: Sequence[DueReader]) -> set[int]:
    """Record their digests; return the ids of the readers for whom the record is new.

    Call it in the transaction that sends the digests: another worker that finds the row skips
    its reader.
    """
    if not people:
        return set()
    ids, days = [one.person_id for one in people], [one.due.day for one in people]
    covered = [one.due.at for one in people]
    head: list[Any] = [require_institution_id(), kind.key, kind.period, now()]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [*head, ids, days, covered])
        return {row[0] for row in cursor.fetchall()}


def _page(kind: DigestKind, after: int) -> list[Any]:
    parameters: dict[str, Any] = {
        "key": kind.key,
        "period": kind.period,
        "after": after,
        "limit": PAGE,
        "roles": [role.value for role in kind.definition.available_to],
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAGE.format(reader_filter=kind.reader_filter), parameters)
        return list(cursor.fetchall())


def _due_reader(
    row: Any, kind: DigestKind, institution: InstitutionRow, policy: NotificationPolicy
) -> DueReader | None:
    (person_id, name, locale, time_zone, hour, weekday, quiet_enabled, start, end,
     newest, covered) = row  # fmt: skip
    zone = zone_of(time_zone, institution.time_zone)
    wanted = Hour(
        zone,
        policy.digest_hour if hour is None else hour,
        (weekday or institution.first_weekday) if kind.period == WEEKLY else None,
    )
    due = last_due(now(), wanted).after(covered)
    quiet = quiet_hours_of(policy, enabled=quiet_enabled, start=start, end=end)
    if _is_sent(newest, due) or not due.may_send(now(), zone, quiet):
        return None
    return DueReader(Reader(person_id, name, locale or institution.locale, zone), due)


def _is_sent(newest: date | None, due: Due) -> bool:
    """Return True if sent already; a day that repeats (a move westwards) gets no second digest."""
    return newest is not None and newest >= due.day
