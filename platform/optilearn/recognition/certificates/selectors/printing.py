"""Certificates as PDFs, rendered when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid
from optilearn.core.tenancy.context import require_institution_id
from optilearn.files.services import read_stored
from optilearn.institutions.selectors import InstitutionRow, institution_by_id
from optilearn.recognition.certificates import policies
from optilearn.recognition.certificates.codes import new_code
from optilearn.recognition.certificates.printing.document import CertificateDocument, Logo, to_pdf
from optilearn.recognition.certificates.printing.renderer import RenderError
from optilearn.recognition.models import Certificate, CertificateTemplateVersion

PAGE: Final = "/verify/"
"""The path of the page that verifies a certificate, before its code."""


def verification_url(code: str) -> str:
    """Return the address that the QR code holds."""
    return f"{settings.APP_URL.rstrip('/')}{PAGE}{code}"


def certificate_pdf(principal: Principal, certificate_id: int) -> tuple[str, bytes]:
    """Return the number of a certificate and its PDF: for its holder and managers of the course.

    Raises ``AppError``: NOT_FOUND, CONFLICT for one that was revoked or whose holder was erased,
    SERVICE_UNAVAILABLE where it can't be rendered.
    """
    found = policies.readable(principal, certificate_id)
    policies.check_can_be_shown(found)
    version = found.template_version or CertificateTemplateVersion()
    try:
        return found.number, to_pdf(_document(found, version))
    except RenderError as error:
        raise _unavailable() from error


def template_preview(principal: Principal, content: Mapping[str, Any]) -> bytes:
    """Return a sample of a template with this content, by its columns, for administrators.

    Raises ``AppError``: FORBIDDEN; NOT_FOUND and VALIDATION_ERROR for a logo that can't be used.
    """
    policies.require_admin(principal)
    version = CertificateTemplateVersion(**content)
    policies.check_logo(principal, version.logo_id)
    return sample_of(version)


def sample_of(version: CertificateTemplateVersion) -> bytes:
    """Return a certificate with made-up facts.

    Raises ``AppError`` VALIDATION_ERROR for a logo that can't be printed.
    """
    institution = institution_by_id(require_institution_id())
    moment = clock.now()
    with translation.override(institution.locale):
        sample = Certificate(
            code=new_code(institution.id).text,
            number=_("SAMPLE"),
            student_name=_("Name of the student"),
            course_title=_("Title of the course"),
            institution_name=institution.name,
            completed_at=moment,
            issued_at=moment,
        )
    try:
        return to_pdf(_document(sample, version))
    except RenderError as error:
        if version.logo_id is None:
            raise _unavailable() from error
        raise invalid(_("This picture can't be printed."), "/logoFileId") from error


def _unavailable() -> AppError:
    return AppError(
        ErrorCode.SERVICE_UNAVAILABLE,
        _("The certificate can't be rendered now. Please try again soon."),
    )


def _document(certificate: Certificate, version: CertificateTemplateVersion) -> CertificateDocument:
    """Return the words of a certificate in the institution's language. At most two queries."""
    institution = institution_by_id(require_institution_id())
    with translation.override(institution.locale):
        return CertificateDocument(
            locale=institution.locale,
            title=version.title or _("Certificate of completion"),
            intro=_("This is to certify that"),
            name=certificate.student_name,
            text=version.text or _usual_text(certificate),
            course=certificate.course_title,
            institution=certificate.institution_name,
            facts=_facts(certificate, institution),
            signatories=tuple((one["name"], one["role"]) for one in version.signatories),
            accent_color=version.accent_color,
            url=verification_url(certificate.code),
            url_label=_("Scan to verify"),
            moment=certificate.issued_at,
            logo=None if version.logo_id is None else Logo(*read_stored(version.logo_id)),
        )


def _usual_text(certificate: Certificate) -> str:
    if certificate.path_member_id is None:
        return _("has completed the course")
    return _("has completed the learning path")


def _facts(certificate: Certificate, institution: InstitutionRow) -> tuple[tuple[str, str], ...]:
    zone = ZoneInfo(institution.time_zone)

    def day(moment: datetime | None) -> str:
        if moment is None:
            return ""
        return format_date(moment.astimezone(zone), "d MMMM y", locale=institution.locale)

    facts = (
        (_("Completed on"), day(certificate.completed_at)),
        (_("Issued on"), day(certificate.issued_at)),
        (_("Valid until"), day(certificate.expires_at)),
        (_("Number"), certificate.number),
    )
    return tuple((label, value) for label, value in facts if value)
