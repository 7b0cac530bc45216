"""The channel that is the database itself: rows that the inbox shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from django.db import connection, transaction

from optilearn.core.clock import now
from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.definitions import Channel
from optilearn.notifications.policy import policy_of
from optilearn.notifications.services.judging import Facts, Verdict, forget, judge
from optilearn.notifications.services.taking import due_facts
from optilearn.notifications.services.waking import awake, wake
from optilearn.notifications.wording.errors import WordingError
from optilearn.notifications.wording.reader import Reader
from optilearn.notifications.wording.writer import Writer

_WRITE: Final = """
UPDATE notifications_delivery d
   SET status = v.status, rule = v.rule, reason = v.reason, title = v.title, body = v.body,
       url = v.url, template_version = v.template_version,
       sent_at = CASE WHEN v.status = 'SENT' THEN %s ELSE d.sent_at END
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
              %s::integer[])
       AS v(id, status, rule, reason, title, body, url, template_version)
 WHERE d.id = v.id
"""


def deliver_all_in_app(*, seconds: float = 15.0) -> None:
    """Empty the outbox of this channel, or send for another worker when the time is over."""
    awake(Channel.IN_APP)
    until = monotonic() + seconds
    while deliver_in_app():
        if monotonic() >= until:
            wake([Channel.IN_APP])
            return


@dataclass(frozen=True)
class _Row:
    id: int
    status: str
    rule: str = ""
    reason: str = ""
    title: str = ""
    body: str = ""
    url: str = ""
    template_version: int | None = None


def deliver_in_app(*, most: int = 250) -> int:
    """Put what is due into inboxes; how many rows were looked at. One transaction, all or none."""
    institution = institution_by_id(require_institution_id())
    policy = policy_of(institution.settings)
    with transaction.atomic():
        facts = due_facts(Channel.IN_APP, most, institution, policy)
        if facts:
            writer = Writer(institution)
            verdicts = judge(facts, policy)
            rows = [_row(f, v, writer) for f, v in zip(facts, verdicts, strict=True)]
            _write(rows)
            forget([f for f, row in zip(facts, rows, strict=True) if row.status == "FAILED"])
    return len(facts)


def _row(facts: Facts, verdict: Verdict, writer: Writer) -> _Row:
    if not verdict.goes_out:
        return _Row(facts.id, verdict.status, verdict.rule, verdict.reason)
    reader = Reader(facts.person_id, facts.name, facts.locale, facts.zone)
    try:
        said = writer.write(facts.key, Channel.IN_APP, facts.data, reader)
    except WordingError as error:
        return _Row(facts.id, "FAILED", reason=error.reason)
    return _Row(facts.id, "SENT", "", "", said.title, said.body, said.url, said.template_version)


def _write(rows: Sequence[_Row]) -> None:
    columns = ("id", "status", "rule", "reason", "title", "body", "url", "template_version")
    arrays = [[getattr(row, name) for row in rows] for name in columns]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [now(), *arrays])
