"""The audit log: append-only, one institution's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optilearn.core.access.principal import Principal
from optilearn.core.models import AuditEntry


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
