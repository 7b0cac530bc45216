"""Deliver in the app: the channel is the database itself, whose rows the inbox shows."""

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
from optilearn.notifications.delivery.due import DueDelivery, lock_due
from optilearn.notifications.delivery.marks import release_marks
from optilearn.notifications.delivery.suppression import Decision, evaluate_rules
from optilearn.notifications.outbox.wake_ups import acknowledge, wake_workers
from optilearn.notifications.policy import policy_of
from optilearn.notifications.rendering.errors import RenderingError
from optilearn.notifications.rendering.renderer import Renderer
from optilearn.notifications.states import stated

_WRITE: Final = stated("""
UPDATE notifications_delivery d
   SET status = v.status, rule = v.rule, reason = v.reason, title = v.title, body = v.body,
       url = v.url, template_version = v.template_version,
       sent_at = CASE WHEN v.status = <sent> THEN %s ELSE d.sent_at END
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
              %s::integer[])
       AS v(id, status, rule, reason, title, body, url, template_version)
 WHERE d.id = v.id
""")


def deliver_all_in_app(*, seconds: float = 15.0) -> None:
    """Empty the outbox of this channel; wake another worker when the time is over."""
    acknowledge(Channel.IN_APP)
    until = monotonic() + seconds
    while deliver_in_app():
        if monotonic() >= until:
            wake_workers([Channel.IN_APP])
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


def deliver_in_app(*, limit: int = 250) -> int:
    """Put due deliveries into inboxes, in one transaction; return how many rows were seen."""
    institution = institution_by_id(require_institution_id())
    policy = policy_of(institution.settings)
    with transaction.atomic():
        due = lock_due(Channel.IN_APP, limit, institution, policy)
        if due:
            renderer = Renderer(institution)
            decisions = evaluate_rules(due, policy)
            rows = [_row(d, found, renderer) for d, found in zip(due, decisions, strict=True)]
            _write(rows)
            release_marks([d for d, row in zip(due, rows, strict=True) if row.status == "FAILED"])
    return len(due)


def _row(d: DueDelivery, decision: Decision, renderer: Renderer) -> _Row:
    if not decision.is_allowed:
        return _Row(d.id, decision.status, decision.rule, decision.reason)
    try:
        message = renderer.render(d.key, Channel.IN_APP, d.data, d.reader)
    except RenderingError as error:
        return _Row(d.id, "FAILED", reason=error.reason)
    return _Row(
        d.id,
        "SENT",
        title=message.title,
        body=message.body,
        url=message.url,
        template_version=message.template_version,
    )


def _write(rows: Sequence[_Row]) -> None:
    columns = ("id", "status", "rule", "reason", "title", "body", "url", "template_version")
    arrays = [[getattr(row, name) for row in rows] for name in columns]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [now(), *arrays])
