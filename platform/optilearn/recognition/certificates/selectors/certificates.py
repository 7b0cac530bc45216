"""Lists of certificates: one's own, a course's, all of the institution."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from optilearn.core import clock
from optilearn.core.access.policies import require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.http.pages import PageQuery
from optilearn.enrollment.selectors.entering import managed_course
from optilearn.recognition.certificates import policies
from optilearn.recognition.certificates.rules import in_state, state_on
from optilearn.recognition.certificates.schemas import CertificateQuery
from optilearn.recognition.certificates.selectors.printing import verification_url
from optilearn.recognition.models import Certificate, CertificateSettings

_COLUMNS: Final = (
    "id",
    "number",
    "code",
    "course_id",
    "course_title",
    "student_name",
    "completed_at",
    "issued_at",
    "expires_at",
    "revoked_at",
    "revocation_reason",
    "replaces_id",
)
_OF_STUDENTS: Final = (
    *_COLUMNS,
    "enrollment_id",
    "student_id",
    "student__code",
    "student__name",
    "issued_by_id",
    "revoked_by_id",
)


def own_certificates(principal: Principal, query: PageQuery) -> tuple[list[dict[str, Any]], int]:
    """Return a page of the caller's certificates, the newest first, and their number.

    Two queries. Raises ``AppError`` FORBIDDEN for everybody but students.
    """
    require(principal, frozenset({Role.STUDENT}))
    own = Certificate.objects.filter(student_id=principal.person_id)
    return certificates_of(principal.person_id, query.window), own.count()


def certificates_of(student_id: int, window: slice) -> list[dict[str, Any]]:
    """The same of any student, for the product itself: no permissions. One query."""
    own = Certificate.objects.filter(student_id=student_id)
    page = own.order_by("-issued_at", "-id").values(*_COLUMNS)[window]
    now = clock.now()
    return [_own(one, now) for one in page]


def certificate_detail(principal: Principal, certificate_id: int) -> dict[str, Any]:
    """Return a certificate, for its holder and managers of its course.

    At most three queries. Raises ``AppError`` NOT_FOUND for everybody else.
    """
    policies.readable(principal, certificate_id)
    found = Certificate.objects.filter(pk=certificate_id).values(*_COLUMNS).get()
    return _own(found, clock.now())


def course_certificates(
    principal: Principal, course_id: int, query: CertificateQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of a course's certificates, the newest first, and the number of all.

    Three queries at any number. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    managed_course(principal, course_id)
    return _page(Certificate.objects.filter(course_id=course_id), query)


def all_certificates(
    principal: Principal, query: CertificateQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of the institution's certificates, the newest first, and the number of all.

    Two queries. Raises ``AppError`` FORBIDDEN for everybody but administrators.
    """
    policies.require_admin(principal)
    return _page(Certificate.objects.all(), query)


def settings_of(principal: Principal, course_id: int) -> dict[str, Any]:
    """Return the certificate that a course awards, for managers. Two queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    managed_course(principal, course_id)
    found = CertificateSettings.objects.filter(course_id=course_id).first()
    settings = found or CertificateSettings()
    return {
        "isEnabled": settings.is_enabled,
        "validMonths": settings.valid_months,
        "templateId": settings.template_id,
    }


def _page(
    certificates: QuerySet[Certificate], query: CertificateQuery
) -> tuple[list[dict[str, Any]], int]:
    now = clock.now()
    if query.state is not None:
        certificates = certificates.filter(in_state(query.state, now))
    if query.q:
        certificates = certificates.filter(
            Q(number__icontains=query.q)
            | Q(student_name__icontains=query.q)
            | Q(course_title__icontains=query.q)
        )
    page = certificates.order_by("-issued_at", "-id").values(*_OF_STUDENTS)[query.window]
    return [_of_student(one, now) for one in page], certificates.count()


def _own(one: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "id": one["id"],
        "number": one["number"],
        "state": state_on(one["revoked_at"], one["expires_at"], now),
        "studentName": one["student_name"],
        "courseId": one["course_id"],
        "courseTitle": one["course_title"],
        "completedAt": one["completed_at"],
        "issuedAt": one["issued_at"],
        "expiresAt": one["expires_at"],
        "revokedAt": one["revoked_at"],
        "revocationReason": one["revocation_reason"],
        "replacesId": one["replaces_id"],
        "verificationUrl": verification_url(one["code"]),
    }


def _of_student(one: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return _own(one, now) | {
        "enrollmentId": one["enrollment_id"],
        "student": {
            "id": one["student_id"],
            "code": one["student__code"],
            "name": one["student__name"],
        },
        "issuedById": one["issued_by_id"],
        "revokedById": one["revoked_by_id"],
    }
