"""The verification of certificates, for anybody: whoever has a code may use it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.access.policies import not_found
from optilearn.core.http.auth import Public
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.recognition.certificates.schemas import VerifiedCertificate
from optilearn.recognition.certificates.selectors import verified

router = Router(tags=["Certificates"], by_alias=True)


@router.get(
    "/certificates/verify/{code}",
    auth=Public(),
    response={200: Envelope[VerifiedCertificate], **refusals(404)},
    operation_id="verifyCertificate",
)
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """The certificate of a code, as it stands now. It is never cached."""
    found = verified(code)
    if found is None:
        raise not_found()
    response = answer(
        {
            "state": found.state,
            "number": found.number,
            "studentName": found.student_name or None,
            "courseTitle": found.course_title,
            "issuer": found.institution_name,
            "completedAt": found.completed_at,
            "issuedAt": found.issued_at,
            "expiresAt": found.expires_at,
            "revokedAt": found.revoked_at,
            "revocationReason": found.revocation_reason,
        }
    )
    response["Cache-Control"] = "no-store"
    return response
