"""Waiving what somebody owes, and taking it back."""

from __future__ import annotations

from django.db import transaction

from optilearn.compliance import policies
from optilearn.compliance.services.meeting import meet_again
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.redacting import without_person
from optilearn.people.directory import facts_of


@transaction.atomic
def waive(*, principal: Principal, obligation_id: int, reason: str) -> None:
    """Waive what somebody else owes; again changes nothing, also not the reason.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for what isn't owed any more.
    """
    found = policies.managed_obligation(principal, obligation_id, lock=True)
    policies.check_is_somebody_elses(principal, found)
    if found.waived_at is not None:
        return
    policies.check_is_open(found)
    found.waived_at, found.waived_by_id = clock.now(), principal.caller_id
    found.waiver_reason = reason
    found.save(update_fields=["waived_at", "waived_by", "waiver_reason"])
    audit.record(action="obligation.waive", actor=principal, target=f"obligation:{obligation_id}")


@transaction.atomic
def unwaive(*, principal: Principal, obligation_id: int, reason: str) -> None:
    """Ask again for what was waived; again changes nothing.

    A course that was completed meanwhile counts, and who has left the audience since owes it until
    the next run. Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for an archived requirement.
    """
    seen = policies.managed_obligation(principal, obligation_id)
    policies.lock_for_reopening(principal, seen.requirement_id)
    found = policies.managed_obligation(principal, obligation_id, lock=True)
    policies.check_is_somebody_elses(principal, found)
    if found.waived_at is None:
        return
    found.waived_at, found.waived_by, found.waiver_reason = None, None, ""
    found.save(update_fields=["waived_at", "waived_by", "waiver_reason"])
    audit.record(
        action="obligation.unwaive",
        actor=principal,
        target=f"obligation:{obligation_id}",
        details={"reason": without_person(reason, facts_of(found.person))},
    )
    meet_again(found)
