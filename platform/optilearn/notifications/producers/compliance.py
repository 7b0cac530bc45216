"""Notifications of requirements: due soon, and overdue for their heads.

Handlers run inside the transaction of the event.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from optilearn.compliance.events import ObligationsDue, RequirementEscalated
from optilearn.compliance.selectors.messages import (
    DueObligation,
    due_obligations,
    escalation_of,
)
from optilearn.core.events import subscribe
from optilearn.notifications.services import Item, send, send_each

_KEY: Final = "COMPLIANCE_DUE_REMINDER"


def register() -> None:
    """Register the handlers; called once, when the app is ready."""
    subscribe(ObligationsDue, remind)
    subscribe(RequirementEscalated, notify_heads)


def remind(event: ObligationsDue) -> None:
    """Remind people of what they owe, once for each due date and reminder."""
    send_each(key=_KEY, items=[_reminder(one) for one in due_obligations(event.obligation_ids)])


def notify_heads(event: RequirementEscalated) -> None:
    """Notify the heads that people are late, in one message for each time that more of them are.

    The message has the numbers, and no names: who it is stands in the product.
    """
    found = escalation_of(event.requirement_id)
    if found is None or not found.head_ids:
        return
    send(
        key=_KEY,
        to=found.head_ids,
        data=_data(found.requirement_id, found.title, found.due_on)
        | {"overdueCount": found.overdue, "owedCount": found.owed},
        once=f"late:{found.requirement_id}:{event.obligation_ids[0]}:{found.today}",
    )


def _reminder(one: DueObligation) -> Item:
    return Item(
        to=one.person_id,
        data=_data(one.requirement_id, one.title, one.due_on),
        once=f"due:{one.id}:{one.due_on}:{one.days}",
        expires_at=one.ends_at,
    )


def _data(requirement_id: int, title: str, due_on: date) -> dict[str, Any]:
    return {
        "requirementId": requirement_id,
        "requirementTitle": title,
        "dueAt": due_on.isoformat(),
        "overdueCount": 0,
        "owedCount": 0,
    }
