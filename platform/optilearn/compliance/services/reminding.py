"""Reminders and escalations, each once: its mark and its messages are one transaction."""

from __future__ import annotations

import logging
from datetime import date
from typing import Final

from django.db import transaction

from optilearn.compliance.events import ObligationsDue, RequirementEscalated
from optilearn.compliance.models import Requirement
from optilearn.compliance.rules import is_open
from optilearn.compliance.selectors.days import local_day
from optilearn.core import clock
from optilearn.core.events import publish
from optilearn.core.locking import each_alone
from optilearn.core.sql import compose, rows
from optilearn.people.rules import PEOPLE, active
from optilearn.people.selectors import active_ids_of_roles

_CHUNK: Final = 500
_logger: Final = logging.getLogger(__name__)

_REMIND: Final = compose(
    """
    WITH found AS (
        SELECT o.id, d.days
          FROM compliance_obligation o
          JOIN compliance_requirement r
            ON r.institution_id = o.institution_id AND r.id = o.requirement_id
          <person> AND <active>
         CROSS JOIN LATERAL (
               SELECT min(n.days) AS days FROM unnest(r.remind_days) AS n (days)
                WHERE o.due_on - n.days <= %(today)s) d
         WHERE <open> AND o.due_on >= %(today)s
           AND d.days < coalesce(o.reminded_days, d.days + 1)
         ORDER BY o.id LIMIT %(limit)s FOR NO KEY UPDATE OF o SKIP LOCKED
    )
    UPDATE compliance_obligation o SET reminded_days = found.days
      FROM found WHERE o.id = found.id
    RETURNING o.id
    """,
    person=PEOPLE.joined("p", "o.person_id"),
    active=active("p"),
    open=is_open("o"),
)
"""The reminder nearest to the due date of those that have come; earlier ones are left out."""
_ESCALATE: Final = compose(
    """
    WITH found AS (
        SELECT o.id
          FROM compliance_obligation o
          JOIN compliance_requirement r
            ON r.institution_id = o.institution_id AND r.id = o.requirement_id
         WHERE o.requirement_id = %(requirement)s AND <open> AND o.escalated_at IS NULL
           AND o.overdue_on + r.escalate_days - 1 <= %(today)s
         ORDER BY o.id FOR NO KEY UPDATE OF o
    )
    UPDATE compliance_obligation o SET escalated_at = %(now)s
      FROM found WHERE o.id = found.id
    RETURNING o.id
    """,
    open=is_open("o"),
)


def remind_due() -> int:
    """Publish what people have to be reminded of; return the number of obligations.

    One transaction for each chunk. After a pause of the worker only the newest reminder is sent.
    """
    today, reminded = local_day(), 0
    while chunk := _remind_chunk(today):
        reminded += chunk
    return reminded


def escalate_overdue() -> int:
    """Publish for which requirements heads are told; return the number of requirements.

    One transaction for each requirement.
    """
    today = local_day()
    late = Requirement.objects.filter(archived_at=None, escalate_days__isnull=False)
    keys = list(late.order_by("id").values_list("id", flat=True))
    return each_alone(keys, lambda key: _escalate(key, today), _logger, "requirement")


@transaction.atomic
def _remind_chunk(today: date) -> int:
    found = rows(_REMIND, {"today": today, "limit": _CHUNK})
    if found:
        publish(ObligationsDue(tuple(sorted(one["id"] for one in found))))
    return len(found)


def _escalate(requirement_id: int, today: date) -> bool:
    """Without anybody to tell nothing is marked: whoever becomes head hears of it."""
    roles = Requirement.objects.values_list("escalate_roles", flat=True).get(pk=requirement_id)
    if not active_ids_of_roles(roles):
        return False
    given = {"requirement": requirement_id, "today": today, "now": clock.now()}
    found = rows(_ESCALATE, given)
    if found:
        ids = tuple(sorted(one["id"] for one in found))
        publish(RequirementEscalated(requirement_id, ids))
    return bool(found)
