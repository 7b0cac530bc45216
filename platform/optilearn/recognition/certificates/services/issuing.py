"""Issuing certificates: by itself with a completed course, and by administrators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.core.sql import rows
from optilearn.core.tenancy.context import require_institution_id
from optilearn.enrollment.events import CourseCompleted
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.rules import has_completed_once
from optilearn.enrollment.selectors.entering import managed_course
from optilearn.people.directory import ERASED
from optilearn.recognition.certificates import policies
from optilearn.recognition.certificates.codes import new_code
from optilearn.recognition.certificates.rules import State, state_on
from optilearn.recognition.certificates.services.statements import (
    FOR_COMPLETED_COURSES,
    FOR_COMPLETED_PATHS,
    FOR_COURSES,
    FOR_PATHS,
)
from optilearn.recognition.events import CertificatesIssued, PathsCompleted
from optilearn.recognition.models import Certificate, PathMember


def issue_for_completed(event: CourseCompleted) -> None:
    """Issue certificates for courses that were completed, in the completion's transaction.

    Who completes a course again gets no second one, also where the first was revoked. One
    statement, and those of the notification where certificates are issued. The enrollments are
    locked by who completes them.
    """
    _issue(FOR_COMPLETED_COURSES, [one.enrollment_id for one in event.subjects])


def issue_in_the_past(*, at: datetime, enrollment_ids: Sequence[int]) -> None:
    """Issue certificates for courses that were completed then, for records that are loaded.

    Nobody is notified. Certificates of an institution are numbered in the order of these calls.
    """
    _insert(FOR_COMPLETED_COURSES, enrollment_ids, at=at)


def issue_for_paths(event: PathsCompleted) -> None:
    """Issue certificates for learning paths that were completed, as for courses."""
    _issue(FOR_COMPLETED_PATHS, event.member_ids)


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
    issued = _issue(FOR_COURSES, sorted(wanted), author_id=principal.caller_id)
    audit.record(
        action="certificate.issue",
        actor=principal,
        target=f"course:{course_id}",
        details={"certificates": issued},
    )
    return issued


def issue_in_place_of(certificate: Certificate, principal: Principal) -> int:
    """Issue a certificate that replaces another, with today's names; return its id.

    What it is for is locked (:func:`lock_reason_of`).
    """
    is_of_course = certificate.enrollment_id is not None
    key = certificate.enrollment_id if is_of_course else certificate.path_member_id
    (issued,) = _issue(
        FOR_COURSES if is_of_course else FOR_PATHS,
        [int(key or 0)],
        author_id=principal.caller_id,
        replaces_id=certificate.pk,
    )
    return issued


def lock_reason_of(certificate_id: int) -> Q:
    """Lock what a certificate was issued for; return the condition of all certificates for it.

    Raises ``AppError`` NOT_FOUND.
    """
    known = Certificate.objects.filter(pk=certificate_id)
    found = known.values_list("enrollment_id", "path_member_id").first()
    if found is None:
        raise not_found()
    enrollment_id, member_id = found
    if enrollment_id is not None:
        lock_enrollments([enrollment_id])
        return Q(enrollment_id=enrollment_id)
    list(PathMember.objects.select_for_update(no_key=True).filter(pk=member_id))
    return Q(path_member_id=member_id)


def lock_enrollments(enrollment_ids: Sequence[int]) -> list[Enrollment]:
    """Lock enrollments, which completions lock too, in the order of their ids."""
    found = Enrollment.objects.select_for_update(no_key=True, of=("self",))
    return list(found.select_related("student").filter(pk__in=enrollment_ids).order_by("id"))


def _issue(
    statement: str,
    ids: Sequence[int],
    *,
    author_id: int | None = None,
    replaces_id: int | None = None,
) -> list[int]:
    issued = _insert(statement, ids, at=clock.now(), author_id=author_id, replaces_id=replaces_id)
    if issued:
        publish(CertificatesIssued(tuple(issued)))
    return issued


def _insert(
    statement: str,
    ids: Sequence[int],
    *,
    at: datetime,
    author_id: int | None = None,
    replaces_id: int | None = None,
) -> list[int]:
    institution_id = require_institution_id()
    codes = [new_code(institution_id) for _one in ids]
    given: dict[str, Any] = {
        "ids": list(ids),
        "codes": [one.text for one in codes],
        "hashes": [one.digest for one in codes],
        "now": at,
        "author": author_id,
        "replaces": replaces_id,
    }
    return [int(one["id"]) for one in rows(statement, given)]


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
