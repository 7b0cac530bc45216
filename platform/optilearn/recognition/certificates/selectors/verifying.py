"""The verification of a certificate by anybody who has its code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import institution_by_id
from optilearn.recognition.certificates.codes import parsed
from optilearn.recognition.certificates.rules import state_on
from optilearn.recognition.models import Certificate


@dataclass(frozen=True)
class Verified:
    """The facts of a certificate that strangers may know."""

    state: str
    number: str
    student_name: str
    """Empty: the person's data was erased."""
    course_title: str
    """Or the learning path's."""
    is_for_path: bool
    institution_name: str
    completed_at: datetime | None
    issued_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    revocation_reason: str
    zone: ZoneInfo
    """The institution's, in which dates are shown."""


def verified(text: str) -> Verified | None:
    """Return the certificate that has this public code; None for any text that is no code.

    By the code's digest, so that the time of the look-up says nothing about codes. Two queries;
    one where there is no such certificate, none where the text can't be a code.
    """
    code = parsed(text)
    if code is None:
        return None
    with tenant_context(code.institution_id):
        found = Certificate.objects.filter(code_hash=code.digest).first()
        if found is None:
            return None
        zone = ZoneInfo(institution_by_id(code.institution_id).time_zone)
    return Verified(
        state=state_on(found.revoked_at, found.expires_at, clock.now()),
        number=found.number,
        student_name=found.student_name,
        course_title=found.course_title,
        is_for_path=found.path_member_id is not None,
        institution_name=found.institution_name,
        completed_at=found.completed_at,
        issued_at=found.issued_at,
        expires_at=found.expires_at,
        revoked_at=found.revoked_at,
        revocation_reason=found.revocation_reason,
        zone=zone,
    )
