"""Credentials of badges and certificates for their holders, and what verifiers fetch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from optilearn.core import clock
from optilearn.core.access.policies import not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import require_institution_id, tenant_context
from optilearn.institutions.selectors import (
    InstitutionRow,
    institution_by_id,
    known_institution,
)
from optilearn.recognition.certificates import policies
from optilearn.recognition.certificates.selectors.printing import verification_url
from optilearn.recognition.models import Certificate, EarnedBadge
from optilearn.recognition.open_badges import credentials, status_list
from optilearn.recognition.open_badges.credentials import Achieved, Issuer
from optilearn.recognition.open_badges.keys import SigningKey, signing_keys
from optilearn.recognition.points.rules import Count

MAX_BIG_INTEGER: Final = 2**63 - status_list.BITS
_FRESH: Final = timedelta(days=1)
"""Verifiers that keep a list of revocations may use it for so long."""


def badge_credential(principal: Principal, badge_id: int) -> str:
    """Return the signed credential of a badge that the calling student has. Two queries.

    Raises ``AppError``: FORBIDDEN for everybody but students, NOT_FOUND, SERVICE_UNAVAILABLE
    where the installation has no key.
    """
    require(principal, frozenset({Role.STUDENT}))
    earned = (
        EarnedBadge.objects.select_related("badge", "student")
        .filter(badge_id=badge_id, student_id=principal.person_id)
        .first()
    )
    if earned is None:
        raise not_found()
    key = _signing_key()
    institution = institution_by_id(require_institution_id())
    issuer = _issuer(institution)
    with translation.override(institution.locale):
        criteria = _criteria(earned.badge.rule)
    return credentials.signed_credential(
        Achieved(
            id=issuer.uuid_of(f"earned-badge:{earned.pk}"),
            achievement_id=issuer.uuid_of(f"badge:{badge_id}"),
            kind="Badge",
            title=earned.badge.title,
            description=earned.badge.description or earned.badge.title,
            criteria=criteria,
            learner_name=earned.student.name,
            learner_email=earned.student.email,
            achieved_at=earned.earned_at,
        ),
        issuer,
        key,
    )


def certificate_credential(principal: Principal, certificate_id: int) -> str:
    """Return the signed credential of a certificate. At most four queries.

    It names the list that says whether the certificate was revoked. Raises ``AppError``: NOT_FOUND
    for everybody but its holder and managers of the course, CONFLICT for one that was revoked or
    whose holder was erased, SERVICE_UNAVAILABLE where the installation has no key.
    """
    found = policies.readable(principal, certificate_id)
    policies.check_can_be_shown(found)
    key = _signing_key()
    institution = institution_by_id(require_institution_id())
    issuer = _issuer(institution)
    number, index = status_list.place_of(found.pk)
    url = f"{issuer.url}/revoked/{number}"
    is_for_path = found.path_member_id is not None
    with translation.override(institution.locale):
        words = (
            _("Complete the learning path “%(title)s”.")
            if is_for_path
            else _("Complete the course “%(title)s”.")
        )
        criteria = words % {"title": found.course_title}
        description = _("Certificate of completion")
    achieved = f"path:{found.path_member.path_id}" if is_for_path else f"course:{found.course_id}"
    return credentials.signed_credential(
        Achieved(
            id=verification_url(found.code),
            achievement_id=issuer.uuid_of(achieved),
            kind="Certificate",
            title=found.course_title,
            description=description,
            criteria=criteria,
            learner_name=found.student_name,
            learner_email=found.student.email,
            achieved_at=found.issued_at,
            expires_at=found.expires_at,
            status={
                "id": f"{url}#{index}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": str(index),
                "statusListCredential": url,
            },
        ),
        issuer,
        key,
    )


def did_document(slug: str) -> dict[str, Any]:
    """Return the document that publishes the keys of an institution, for anybody.

    Raises ``AppError`` NOT_FOUND for an unknown institution or an installation without keys.
    """
    institution, keys = _public(slug)
    return credentials.did_document(_issuer(institution), keys)


def revocations(slug: str, number: int) -> str:
    """Return the signed list of an institution's revoked certificates, for anybody.

    One query. Raises ``AppError`` NOT_FOUND as :func:`did_document`.
    """
    institution, keys = _public(slug)
    first = number * status_list.BITS
    if first > MAX_BIG_INTEGER:
        raise not_found()
    with tenant_context(institution.id):
        revoked = Certificate.objects.filter(
            pk__gte=first, pk__lt=first + status_list.BITS, revoked_at__isnull=False
        )
        encoded = status_list.encoded(pk - first for pk in revoked.values_list("pk", flat=True))
    issuer, now = _issuer(institution), clock.now()
    return credentials.signed_status_list(
        url=f"{issuer.url}/revoked/{number}",
        encoded=encoded,
        issuer=issuer,
        key=keys[0],
        now=now,
        until=now + _FRESH,
    )


def _public(slug: str) -> tuple[InstitutionRow, tuple[SigningKey, ...]]:
    institution, keys = known_institution(slug), signing_keys()
    if institution is None or not keys:
        raise not_found()
    return institution, keys


def _issuer(institution: InstitutionRow) -> Issuer:
    url = f"{settings.APP_URL.rstrip('/')}/api/open-badges/{institution.slug}"
    return Issuer(credentials.did_of(url), institution.name, url)


def _signing_key() -> SigningKey:
    keys = signing_keys()
    if not keys:
        raise AppError(ErrorCode.SERVICE_UNAVAILABLE, _("Open Badges aren't set up here."))
    return keys[0]


def _criteria(rule: dict[str, Any]) -> str:
    """Return a badge's rule in words, in the language of the moment."""
    return " ".join(_condition(Count(one["count"]), one["atLeast"]) for one in rule["all"])


def _condition(count: Count, number: int) -> str:
    match count:
        case Count.LESSONS_COMPLETED:
            words = ngettext("Complete %(n)d lesson.", "Complete %(n)d lessons.", number)
        case Count.QUIZZES_PASSED:
            words = ngettext("Pass %(n)d quiz.", "Pass %(n)d quizzes.", number)
        case Count.COURSES_COMPLETED:
            words = ngettext("Complete %(n)d course.", "Complete %(n)d courses.", number)
        case Count.POINTS:
            words = ngettext("Collect %(n)d point.", "Collect %(n)d points.", number)
        case Count.STREAK_DAYS:
            words = ngettext(
                "Achieve something on %(n)d day.",
                "Achieve something on %(n)d days in a row.",
                number,
            )
    return words % {"n": number}
