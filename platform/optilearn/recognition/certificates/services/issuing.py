"""Issuing certificates: by itself with a completed course, and by administrators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.core.sql import compose, rows
from optilearn.core.tenancy.context import require_institution_id
from optilearn.courses.rules import COURSES
from optilearn.enrollment.events import CourseCompleted
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.rules import ENROLLMENTS, has_completed_once
from optilearn.enrollment.selectors.entering import managed_course
from optilearn.institutions.rules import INSTITUTIONS
from optilearn.people.directory import ERASED
from optilearn.people.rules import PEOPLE, erased
from optilearn.recognition.certificates import policies
from optilearn.recognition.certificates.codes import new_code
from optilearn.recognition.certificates.rules import State, state_on
from optilearn.recognition.events import CertificatesIssued
from optilearn.recognition.models import Certificate

_ISSUE: Final = compose(
    """
    WITH due AS (
        SELECT e.institution_id, e.id AS enrollment_id, e.student_id, e.course_id, e.completed_at,
               p.name AS student_name, c.title AS course_title, i.name AS institution_name,
               coalesce(nullif(upper(left(regexp_replace(i.slug, '[^a-z0-9]', '', 'gi'), 3)), ''),
                        'CERT') AS prefix,
               extract(year FROM %(now)s AT TIME ZONE i.time_zone)::int AS year,
               (date_trunc('day', %(now)s AT TIME ZONE i.time_zone)
                + make_interval(months => s.valid_months) + interval '1 day' - interval '1 second')
                AT TIME ZONE i.time_zone AS expires_at,
               v.id AS version_id, <earlier> + 1 AS issue,
               row_number() OVER (ORDER BY e.id) AS nth, count(*) OVER () AS total
          FROM <enrollments> <person> <course> JOIN <institutions> ON i.id = e.institution_id
          LEFT JOIN recognition_certificatesettings s
            ON s.institution_id = e.institution_id AND s.course_id = e.course_id
          LEFT JOIN recognition_certificatetemplate t ON t.institution_id = e.institution_id
           AND (t.id = s.template_id OR s.template_id IS NULL AND t.is_default)
          LEFT JOIN recognition_certificatetemplateversion v
            ON v.institution_id = t.institution_id AND v.template_id = t.id
           AND v.number = t.version
         WHERE e.id = ANY(%(enrollments)s::bigint[]) AND <chosen>
    ), numbered AS (
        INSERT INTO recognition_certificatenumber AS n (institution_id, year, last)
        SELECT institution_id, year, total FROM due WHERE nth = 1
        ON CONFLICT (institution_id, year) DO UPDATE SET last = n.last + EXCLUDED.last
        RETURNING last
    )
    INSERT INTO recognition_certificate (
        institution_id, enrollment_id, student_id, course_id, issue, number, code, code_hash,
        student_name, course_title, institution_name, completed_at, issued_at, expires_at,
        template_version_id, issued_by_id, replaces_id, revocation_reason)
    SELECT d.institution_id, d.enrollment_id, d.student_id, d.course_id, d.issue,
           d.prefix || '-' || d.year || '-' || lpad(f.figure, greatest(6, length(f.figure)), '0'),
           w.code, w.hash, d.student_name, d.course_title, d.institution_name, d.completed_at,
           %(now)s, d.expires_at, d.version_id, %(author)s, %(replaces)s, ''
      FROM due d CROSS JOIN numbered n
     CROSS JOIN LATERAL (SELECT (n.last - d.total + d.nth)::text AS figure) f
      JOIN unnest(%(codes)s::text[], %(hashes)s::bytea[]) WITH ORDINALITY AS w (code, hash, nth)
        ON w.nth = d.nth
     ORDER BY d.nth
    RETURNING id
    """,
    enrollments=ENROLLMENTS.aliased("e"),
    person=PEOPLE.joined("p", "e.student_id"),
    course=COURSES.joined("c", "e.course_id"),
    institutions=INSTITUTIONS.aliased("i"),
    earlier="(SELECT coalesce(max(k.issue), 0) FROM recognition_certificate k"
    " WHERE k.institution_id = e.institution_id AND k.enrollment_id = e.id)",
)
"""One statement for any number. The row of the year's number is locked until the commit, so that
no number is left out: it is the last lock that a completion takes."""
_BY_ITSELF: Final = compose(
    _ISSUE,
    chosen="s.is_enabled AND NOT EXISTS (SELECT FROM recognition_certificate k"
    f" WHERE k.institution_id = e.institution_id AND k.enrollment_id = e.id) AND NOT {erased('p')}",
)
_BY_HAND: Final = compose(_ISSUE, chosen="true")


def issue_for_completed(event: CourseCompleted) -> None:
    """Issue certificates for courses that were completed, in the completion's transaction.

    Who completes a course again gets no second one, also where the first was revoked. One
    statement, and those of the notification where certificates are issued. The enrollments are
    locked by who completes them.
    """
    _issue(_BY_ITSELF, [one.enrollment_id for one in event.subjects])


@transaction.atomic
def issue_by_hand(
    *, principal: Principal, course_id: int, enrollment_ids: Sequence[int]
) -> list[int]:
    """Issue certificates to students who have completed the course; return their ids.

    For courses that were completed before they awarded one. All or none. Raises ``AppError``:
    FORBIDDEN, NOT_FOUND for an enrollment that isn't of the course, CONFLICT for a student who
    hasn't completed it, has a valid certificate, or was erased.
    """
    policies.require_admin(principal)
    managed_course(principal, course_id)
    locked = lock_enrollments(enrollment_ids)
    wanted = set(enrollment_ids)
    if {one.pk for one in locked if one.course_id == course_id} != wanted:
        raise not_found()
    _check_completed(locked)
    _check_none_is_valid(wanted)
    issued = _issue(_BY_HAND, sorted(wanted), author_id=principal.caller_id)
    audit.record(
        action="certificate.issue",
        actor=principal,
        target=f"course:{course_id}",
        details={"certificates": issued},
    )
    return issued


def issue_in_place_of(certificate: Certificate, principal: Principal) -> int:
    """Issue a certificate that replaces another, with today's names; return its id.

    The enrollment is locked.
    """
    (issued,) = _issue(
        _BY_HAND,
        [certificate.enrollment_id],
        author_id=principal.caller_id,
        replaces_id=certificate.pk,
    )
    return issued


def lock_enrollments(enrollment_ids: Sequence[int]) -> list[Enrollment]:
    """Lock enrollments, which completions lock too, in the order of their ids."""
    found = Enrollment.objects.select_for_update(no_key=True, of=("self",))
    return list(found.select_related("student").filter(pk__in=enrollment_ids).order_by("id"))


def _issue(
    statement: str,
    enrollment_ids: Sequence[int],
    *,
    author_id: int | None = None,
    replaces_id: int | None = None,
) -> list[int]:
    institution_id = require_institution_id()
    codes = [new_code(institution_id) for _enrollment in enrollment_ids]
    given: dict[str, Any] = {
        "enrollments": list(enrollment_ids),
        "codes": [one.text for one in codes],
        "hashes": [one.digest for one in codes],
        "now": clock.now(),
        "author": author_id,
        "replaces": replaces_id,
    }
    issued = [int(one["id"]) for one in rows(statement, given)]
    if issued:
        publish(CertificatesIssued(tuple(issued)))
    return issued


def _check_completed(enrollments: Sequence[Enrollment]) -> None:
    open_still = [
        one.pk for one in enrollments if not has_completed_once(one.status, one.completed_at)
    ]
    if open_still:
        raise AppError(
            ErrorCode.CONFLICT,
            _("Only students who have completed the course get a certificate."),
            {"enrollmentIds": open_still},
        )
    if any(one.student.crm_id.startswith(ERASED) for one in enrollments):
        raise AppError(ErrorCode.CONFLICT, _("This person's data was erased."))


def _check_none_is_valid(enrollment_ids: set[int]) -> None:
    now = clock.now()
    known = Certificate.objects.filter(enrollment_id__in=enrollment_ids).order_by("id")
    valid = [
        one.enrollment_id
        for one in known.only("enrollment_id", "revoked_at", "expires_at", "institution_id")
        if state_on(one.revoked_at, one.expires_at, now) == State.VALID
    ]
    if valid:
        raise AppError(
            ErrorCode.CONFLICT,
            _("There is a valid certificate already. Issue it anew instead."),
            {"enrollmentIds": valid},
        )
