"""The audit log: append-only, one institution's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from optilearn.core.access.principal import Principal
from optilearn.core.models import AuditEntry


@dataclass(frozen=True)
class LogQuery:
    """Filters of the log; what is empty doesn't filter. ``until`` is exclusive."""

    action: str = ""
    """The beginning of an action's name: ``report.`` has all that was asked."""
    actions: tuple[str, ...] = ()
    """Only these, by their whole names."""
    actor_id: int | None = None
    target: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None


def entries(query: LogQuery, window: slice) -> tuple[list[dict[str, Any]], int]:
    """Return a page of the current institution's log, the newest first, and how many there are.

    Two queries. Callers check who may read it.
    """
    found = AuditEntry.objects.all()
    if query.action:
        found = found.filter(action__startswith=query.action)
    if query.actions:
        found = found.filter(action__in=query.actions)
    if query.actor_id is not None:
        found = found.filter(actor_id=query.actor_id)
    if query.target:
        found = found.filter(target__contains=query.target)
    if query.outcome:
        found = found.filter(outcome=query.outcome)
    if query.since is not None:
        found = found.filter(at__gte=query.since)
    if query.until is not None:
        found = found.filter(at__lt=query.until)
    names = ("id", "at", "actor_id", "actor_role", "action", "target", "outcome", "details")
    return list(found.order_by("-at", "-id").values(*names)[window]), found.count()


def known_actions() -> list[str]:
    """Return the actions that the current institution's log has, by name. One query."""
    actions = AuditEntry.objects.order_by("action").values_list("action", flat=True)
    return list(actions.distinct())


def record(
    *,
    action: str,
    target: str = "",
    outcome: str = "ok",
    actor: Principal | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Record an action in the current institution; without an actor, the system did it.

    Where an administrator acts as a person, the administrator is the actor; the person is in the
    details.
    """
    facts = dict(details or {})
    if actor and actor.actor_id:
        facts["actedAs"] = actor.person_id
    AuditEntry.objects.create(
        actor_id=actor.caller_id if actor else None,
        actor_role=actor.role.value if actor else "SYSTEM",
        action=action,
        target=target,
        outcome=outcome,
        details=facts,
    )
