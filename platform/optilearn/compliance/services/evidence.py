"""Handing in evidence, and deciding on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.compliance import policies
from optilearn.compliance.models import Evidence, Obligation
from optilearn.compliance.rules import MAX_EVIDENCE
from optilearn.compliance.services.meeting import meet_again
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid
from optilearn.core.redacting import without_person
from optilearn.files import services as files
from optilearn.files.selectors import own_files
from optilearn.people.directory import facts_of

CATEGORY: Final = "evidence"
_Status: Final = Evidence.Status


@dataclass(frozen=True)
class Handed:
    """The evidence that a person hands in; ``request_id`` is the client's name of its request."""

    request_id: str
    text: str = ""
    file_id: int | None = None


@transaction.atomic
def hand_in(*, principal: Principal, obligation_id: int, handed: Handed) -> int:
    """Hand in evidence for one's own obligation; return its id.

    A request that is sent again changes nothing. Raises ``AppError``: FORBIDDEN, NOT_FOUND, also
    for a file of somebody else, CONFLICT for what isn't owed any more or takes no evidence,
    VALIDATION_ERROR with the place.
    """
    obligation = policies.own_obligation(principal, obligation_id)
    own = Evidence.objects.filter(obligation=obligation)
    if earlier := own.filter(request_id=handed.request_id).values_list("id", flat=True).first():
        return int(earlier)
    policies.check_is_open(obligation)
    if not obligation.requirement.accepts_evidence:
        raise AppError(
            ErrorCode.CONFLICT, _("This is met by completing its course, not by evidence.")
        )
    if not handed.text and handed.file_id is None:
        raise invalid(_("Write a text, or choose a file."), "/text")
    if own.count() >= MAX_EVIDENCE:
        raise AppError(
            ErrorCode.CONFLICT,
            _("You have handed in as much as is possible."),
            {"maximum": MAX_EVIDENCE},
        )
    if handed.file_id is not None:
        if not own_files(principal, [handed.file_id], CATEGORY):
            raise invalid(_("Choose a file that you uploaded as evidence."), "/fileId")
        files.keep(handed.file_id, principal=principal, categories=frozenset({CATEGORY}))
    created = Evidence.objects.create(
        obligation=obligation,
        person_id=principal.person_id,
        text=handed.text,
        file_id=handed.file_id,
        request_id=handed.request_id,
        submitted_at=clock.now(),
    )
    audit.record(action="evidence.submit", actor=principal, target=f"evidence:{created.pk}")
    return created.pk


@transaction.atomic
def accept(*, principal: Principal, evidence_id: int, reason: str) -> None:
    """Accept evidence: it meets the obligation. Again changes nothing.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for what was rejected, or isn't owed any
    more.
    """
    evidence, obligation = policies.decided_evidence(principal, evidence_id)
    if evidence.status == _Status.ACCEPTED:
        return
    _check_is_undecided(evidence)
    policies.check_is_open(obligation)
    _decide(principal, evidence, _Status.ACCEPTED, reason)
    obligation.met_at, obligation.met_by = clock.now(), Obligation.MetBy.EVIDENCE
    obligation.save(update_fields=["met_at", "met_by"])
    audit.record(action="evidence.accept", actor=principal, target=f"evidence:{evidence_id}")


@transaction.atomic
def reject(*, principal: Principal, evidence_id: int, reason: str) -> None:
    """Reject evidence, with a reason; again changes nothing.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for what was accepted.
    """
    evidence, _obligation = policies.decided_evidence(principal, evidence_id)
    if evidence.status == _Status.REJECTED:
        return
    _check_is_undecided(evidence)
    _decide(principal, evidence, _Status.REJECTED, reason)
    audit.record(action="evidence.reject", actor=principal, target=f"evidence:{evidence_id}")


@transaction.atomic
def reopen(*, principal: Principal, evidence_id: int, reason: str) -> None:
    """Take a decision back: the evidence waits again, and what it met is owed again.

    Again changes nothing. Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for an archived
    requirement.
    """
    seen = policies.managed_evidence(principal, evidence_id)
    policies.lock_for_reopening(principal, seen.obligation.requirement_id)
    evidence, obligation = policies.decided_evidence(principal, evidence_id)
    if evidence.status == _Status.SUBMITTED:
        return
    was_accepted = evidence.status == _Status.ACCEPTED
    evidence.status, evidence.reason = _Status.SUBMITTED, ""
    evidence.decided_at, evidence.decided_by = None, None
    evidence.save(update_fields=["status", "reason", "decided_at", "decided_by"])
    audit.record(
        action="evidence.reopen",
        actor=principal,
        target=f"evidence:{evidence_id}",
        details={"reason": without_person(reason, facts_of(obligation.person))},
    )
    if was_accepted:
        obligation.met_at, obligation.met_by = None, ""
        obligation.save(update_fields=["met_at", "met_by"])
        meet_again(obligation)


def _check_is_undecided(evidence: Evidence) -> None:
    if evidence.status != _Status.SUBMITTED:
        raise AppError(
            ErrorCode.CONFLICT,
            _("Somebody has decided on this already. Take the decision back first."),
            {"status": evidence.status},
        )


def _decide(principal: Principal, evidence: Evidence, status: str, reason: str) -> None:
    evidence.status, evidence.reason = status, reason
    evidence.decided_by_id, evidence.decided_at = principal.caller_id, clock.now()
    evidence.save(update_fields=["status", "reason", "decided_by", "decided_at"])
