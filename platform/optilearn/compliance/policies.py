"""Permissions on requirements and evidence."""

from __future__ import annotations

from django.utils.translation import gettext as _

from optilearn.compliance.models import Evidence, Obligation, Requirement
from optilearn.core.access.policies import ADMINS, not_found, refuse_unless, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.enrollment.services import hold_completions
from optilearn.files.access import UploadPlace
from optilearn.people.directory import erased_of

OBLIGED = frozenset(Role) - {Role.PARENT}
"""Roles that requirements can be for."""


def managed_requirement(
    principal: Principal, requirement_id: int, *, lock: bool = False
) -> Requirement:
    """Return a requirement, for administrators; ``lock`` locks its row.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND.
    """
    require(principal, ADMINS)
    rows = Requirement.objects.select_for_update() if lock else Requirement.objects.all()
    found = rows.filter(pk=requirement_id).first()
    if found is None:
        raise not_found()
    return found


def managed_obligation(
    principal: Principal, obligation_id: int, *, lock: bool = False
) -> Obligation:
    """Return an obligation, for administrators; ``lock`` locks its row. Raises as above."""
    require(principal, ADMINS)
    rows = Obligation.objects.select_for_update() if lock else Obligation.objects.all()
    found = rows.filter(pk=obligation_id).first()
    if found is None:
        raise not_found()
    return found


def check_is_somebody_elses(principal: Principal, obligation: Obligation) -> None:
    """Check that nobody decides on what they owe themselves, or on people who were erased.

    Raises ``AppError``: FORBIDDEN, CONFLICT.
    """
    refuse_unless(
        obligation.person_id not in {principal.person_id, principal.caller_id},
        _("Somebody else has to decide on what you owe yourself."),
    )
    if erased_of([obligation.person_id]):
        raise AppError(ErrorCode.CONFLICT, _("This person's data was erased."))


def managed_evidence(principal: Principal, evidence_id: int) -> Evidence:
    """Return evidence, for administrators. Raises ``AppError``: FORBIDDEN, NOT_FOUND."""
    require(principal, ADMINS)
    found = Evidence.objects.select_related("obligation__requirement").filter(pk=evidence_id)
    evidence = found.first()
    if evidence is None:
        raise not_found()
    return evidence


def decided_evidence(principal: Principal, evidence_id: int) -> tuple[Evidence, Obligation]:
    """Return evidence that the principal may decide on, and its obligation; both are locked.

    The obligation first: who decides and who hands in wait for each other there. Raises
    ``AppError``: FORBIDDEN, also for one's own, NOT_FOUND.
    """
    evidence = managed_evidence(principal, evidence_id)
    obligation = managed_obligation(principal, evidence.obligation_id, lock=True)
    check_is_somebody_elses(principal, obligation)
    return Evidence.objects.select_for_update().get(pk=evidence_id), obligation


def own_obligation(principal: Principal, obligation_id: int) -> Obligation:
    """Return the caller's own obligation, locked.

    Raises ``AppError``: FORBIDDEN for parents, and for who acts as somebody else; NOT_FOUND.
    """
    require(principal, OBLIGED)
    refuse_unless(principal.actor_id is None, _("Nobody can hand in evidence as somebody else."))
    found = (
        Obligation.objects.select_for_update()
        .filter(pk=obligation_id, person_id=principal.person_id, withdrawn_at=None)
        .first()
    )
    if found is None:
        raise not_found()
    return found


def lock_for_reopening(principal: Principal, requirement_id: int) -> None:
    """Lock the requirement of what is to be owed again, and let completions wait.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for one that is archived.
    """
    requirement = managed_requirement(principal, requirement_id, lock=True)
    if requirement.archived_at is not None:
        raise AppError(ErrorCode.CONFLICT, _("This requirement is archived."))
    hold_completions([requirement.course_id])


def check_is_open(obligation: Obligation) -> None:
    """Raises ``AppError`` CONFLICT for an obligation that isn't owed any more."""
    if obligation.met_at or obligation.waived_at or obligation.withdrawn_at:
        raise AppError(ErrorCode.CONFLICT, _("This is not owed any more."))


def may_upload(principal: Principal, place: UploadPlace) -> bool:
    """Return True for who may owe something."""
    return principal.role in OBLIGED and place.course_id is None
