"""Permissions on certificates: their holders, managers of the course, administrators."""

from __future__ import annotations

from django.utils.translation import gettext as _

from optilearn.core.access.policies import ADMINS, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid
from optilearn.courses.selectors.access import may_manage
from optilearn.files.selectors import file_detail
from optilearn.recognition.certificates.printing.document import LOGO_TYPES, MAX_LOGO_BYTES
from optilearn.recognition.models import Certificate, CertificateTemplate


def require_admin(principal: Principal) -> None:
    """Raises ``AppError`` FORBIDDEN for everybody but administrators."""
    require(principal, ADMINS)


def readable(principal: Principal, certificate_id: int) -> Certificate:
    """Return a certificate for its holder, administrators, and managers of its course.

    At most two queries. Raises ``AppError`` NOT_FOUND for everybody else.
    """
    found = (
        Certificate.objects.select_related("student", "template_version__logo")
        .filter(pk=certificate_id)
        .first()
    )
    if found is None:
        raise not_found()
    is_own = found.student_id == principal.person_id
    if is_own or principal.role in ADMINS:
        return found
    if found.course_id is None or not may_manage(principal, found.course_id):
        raise not_found()
    return found


def check_can_be_shown(certificate: Certificate) -> None:
    """Raises ``AppError`` CONFLICT for one that was revoked or whose holder was erased."""
    if certificate.revoked_at is not None:
        raise AppError(ErrorCode.CONFLICT, _("This certificate has been revoked."))
    if not certificate.student_name:
        raise AppError(ErrorCode.CONFLICT, _("This person's data was erased."))


def administered(principal: Principal, certificate_id: int) -> Certificate:
    """Return a certificate for an administrator, its row locked.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    require_admin(principal)
    found = Certificate.objects.select_for_update().filter(pk=certificate_id).first()
    if found is None:
        raise not_found()
    return found


def template_of(
    principal: Principal, template_id: int, *, lock: bool = False
) -> CertificateTemplate:
    """Return a template for an administrator; ``lock`` locks its row.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    require_admin(principal)
    rows = CertificateTemplate.objects.all()
    found = (rows.select_for_update() if lock else rows).filter(pk=template_id).first()
    if found is None:
        raise not_found()
    return found


def check_logo(principal: Principal, file_id: int | None) -> None:
    """Raises ``AppError`` for a file that no logo can be, and NOT_FOUND for an unknown one."""
    if file_id is None:
        return
    found = file_detail(principal, file_id)
    if found["contentType"] not in LOGO_TYPES or found["size"] > MAX_LOGO_BYTES:
        raise invalid(_("A logo is a PNG or JPEG of at most 1 MB."), "/logoFileId")
