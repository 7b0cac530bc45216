"""Revoking certificates, and issuing them anew."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.people.directory import erased_of
from optilearn.recognition.certificates import policies
from optilearn.recognition.certificates.rules import State, state_on
from optilearn.recognition.certificates.services.issuing import issue_in_place_of, lock_reason_of
from optilearn.recognition.models import Certificate


@transaction.atomic
def revoke(*, principal: Principal, certificate_id: int, reason: str) -> None:
    """Revoke a certificate, for good. The verification page shows the reason.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for one that was revoked before.
    """
    certificate = policies.administered(principal, certificate_id)
    if certificate.revoked_at is not None:
        raise AppError(ErrorCode.CONFLICT, _("This certificate has already been revoked."))
    _revoke(certificate, principal, reason)
    audit.record(
        action="certificate.revoke", actor=principal, target=f"certificate:{certificate_id}"
    )


@transaction.atomic
def reissue(*, principal: Principal, certificate_id: int, reason: str) -> int:
    """Issue a certificate anew, with today's names, validity and layout; return the new one's id.

    One that is still valid is revoked for the reason. Raises ``AppError``: FORBIDDEN, NOT_FOUND,
    CONFLICT where a newer one exists or the person was erased.
    """
    policies.require_admin(principal)
    for_the_same = lock_reason_of(certificate_id)
    certificate = policies.administered(principal, certificate_id)
    if Certificate.objects.filter(for_the_same, issue__gt=certificate.issue).exists():
        raise AppError(ErrorCode.CONFLICT, _("There is a newer certificate. Issue that one anew."))
    if not certificate.student_name or erased_of([certificate.student_id]):
        raise AppError(ErrorCode.CONFLICT, _("This person's data was erased."))
    if state_on(certificate.revoked_at, certificate.expires_at, clock.now()) == State.VALID:
        _revoke(certificate, principal, reason)
    issued = issue_in_place_of(certificate, principal)
    audit.record(
        action="certificate.reissue",
        actor=principal,
        target=f"certificate:{certificate_id}",
        details={"certificate": issued},
    )
    return issued


def _revoke(certificate: Certificate, principal: Principal, reason: str) -> None:
    certificate.revoked_at = clock.now()
    certificate.revoked_by_id = principal.caller_id
    certificate.revocation_reason = reason
    certificate.save(update_fields=["revoked_at", "revoked_by", "revocation_reason"])
