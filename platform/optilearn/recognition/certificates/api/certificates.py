"""Certificates: for their holders, for managers of courses, for administrators."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page
from optilearn.recognition.certificates import selectors, services
from optilearn.recognition.certificates.schemas import (
    CertificateQuery,
    CertificateRow,
    CertificateSettingsChange,
    CertificateSettingsOut,
    CertificatesIn,
    IssuedCertificates,
    OwnCertificate,
    RevocationIn,
)

router = Router(tags=["Certificates"], by_alias=True)
READ: Final = refusals(400, 403, 404)
WRITE: Final = refusals(400, 403, 404, 409)
PDF: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "description": "The PDF, on one page.",
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


def pdf_answer(name: str, content: bytes) -> HttpResponse:
    """Return a PDF to be saved under that name, which has ASCII letters alone."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@router.get(
    "/me/certificates",
    response={200: Envelope[list[OwnCertificate]], **refusals(400)},
    operation_id="listOwnCertificates",
)
def own_certificates(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    """The calling student's certificates, the newest first."""
    rows, total = selectors.own_certificates(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/certificates",
    response={200: Envelope[list[CertificateRow]], **READ},
    operation_id="listCertificates",
)
def all_certificates(request: HttpRequest, query: Query[CertificateQuery]) -> HttpResponse:
    """All certificates of the institution, the newest first, for administrators."""
    rows, total = selectors.all_certificates(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/certificates/{int:certificateId}",
    response={200: Envelope[OwnCertificate], **READ},
    operation_id="getCertificate",
)
def certificate(request: HttpRequest, certificateId: int) -> HttpResponse:
    """A certificate, for its holder and managers of its course."""
    return answer(selectors.certificate_detail(principal_of(request), certificateId))


@router.get(
    "/certificates/{int:certificateId}/pdf",
    response=refusals(403, 404, 409, 503),
    openapi_extra=PDF,
    operation_id="getCertificatePdf",
)
def certificate_pdf(request: HttpRequest, certificateId: int) -> HttpResponse:
    """The certificate as a PDF with a QR code; there is none of a revoked one."""
    number, content = selectors.certificate_pdf(principal_of(request), certificateId)
    return pdf_answer(number, content)


@router.post(
    "/certificates/{int:certificateId}/revoke",
    response={200: Envelope[Done], **WRITE},
    operation_id="revokeCertificate",
)
def revoke(request: HttpRequest, certificateId: int, revocation: RevocationIn) -> HttpResponse:
    """Revoke a certificate, for good; whoever verifies it can read the reason."""
    services.revoke(
        principal=principal_of(request), certificate_id=certificateId, reason=revocation.reason
    )
    return answer({"done": True})


@router.post(
    "/certificates/{int:certificateId}/reissue",
    response={201: Envelope[OwnCertificate], **WRITE},
    operation_id="reissueCertificate",
)
def reissue(request: HttpRequest, certificateId: int, revocation: RevocationIn) -> HttpResponse:
    """Issue a certificate anew with today's names; one that is valid is revoked for the reason."""
    principal = principal_of(request)
    issued = services.reissue(
        principal=principal, certificate_id=certificateId, reason=revocation.reason
    )
    return answer(selectors.certificate_detail(principal, issued), status=201)


@router.get(
    "/courses/{int:courseId}/certificates",
    response={200: Envelope[list[CertificateRow]], **READ},
    operation_id="listCourseCertificates",
)
def course_certificates(
    request: HttpRequest, courseId: int, query: Query[CertificateQuery]
) -> HttpResponse:
    """The certificates of a course, the newest first, for its managers."""
    rows, total = selectors.course_certificates(principal_of(request), courseId, query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/courses/{int:courseId}/certificates",
    response={201: Envelope[IssuedCertificates], **WRITE},
    operation_id="issueCertificates",
)
def issue(request: HttpRequest, courseId: int, wanted: CertificatesIn) -> HttpResponse:
    """Issue certificates to students who completed the course before it awarded one; all or none.

    Certificates of courses that award one are issued by themselves.
    """
    issued = services.issue_by_hand(
        principal=principal_of(request),
        course_id=courseId,
        enrollment_ids=wanted.enrollment_ids,
    )
    return answer({"certificateIds": issued}, status=201)


@router.get(
    "/courses/{int:courseId}/certificate-settings",
    response={200: Envelope[CertificateSettingsOut], **READ},
    operation_id="getCertificateSettings",
)
def settings(request: HttpRequest, courseId: int) -> HttpResponse:
    """The certificate that a course awards, for its managers."""
    return answer(selectors.settings_of(principal_of(request), courseId))


@router.patch(
    "/courses/{int:courseId}/certificate-settings",
    response={200: Envelope[CertificateSettingsOut], **WRITE},
    operation_id="updateCertificateSettings",
)
def update_settings(
    request: HttpRequest, courseId: int, wanted: CertificateSettingsChange
) -> HttpResponse:
    """Change the certificate that a course awards, from the next completion on."""
    principal = principal_of(request)
    services.update_settings(
        principal=principal, course_id=courseId, values=wanted.model_dump(exclude_unset=True)
    )
    return answer(selectors.settings_of(principal, courseId))
