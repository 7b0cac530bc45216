"""Permissions on enrollments and lessons: managers, students, locks, fees."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from optilearn.core import clock
from optilearn.core.access.policies import STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.models import Course
from optilearn.courses.rules import is_discoverable
from optilearn.courses.selectors import access as courses
from optilearn.crm.selectors import fee_status
from optilearn.enrollment import drip
from optilearn.enrollment.selectors import access
from optilearn.enrollment.selectors.access import CourseAccess, LessonFacts
from optilearn.enrollment.selectors.entering import live_enrollment
from optilearn.institutions.options import fee_gate


def manager(principal: Principal, course_id: int) -> None:
    """Check that the principal manages the course, as ``managed_course``, without its facts."""
    refuse_unless(principal.role in STAFF)
    manages = courses.manages(principal, course_id)
    if manages is None:
        raise not_found()
    refuse_unless(manages, _("Only managers of this course can do this."))


def managed_lesson(principal: Principal, lesson_id: int) -> tuple[LessonFacts, CourseAccess]:
    """Return the lesson, whose course the principal manages. Raises as ``managed_course``."""
    refuse_unless(principal.role in STAFF)
    found = access.lesson_access(principal, lesson_id)
    if found is None:
        raise not_found()
    refuse_unless(found[1].manages, _("Only managers of this course can do this."))
    return found


def as_student(principal: Principal) -> None:
    """Require a student. Raises ``AppError`` FORBIDDEN."""
    refuse_unless(principal.role is Role.STUDENT, _("Only students can do this."))


def findable(principal: Principal, course_id: int) -> CourseAccess:
    """Return a course that the student may find or is in. Raises ``AppError`` NOT_FOUND."""
    return seen_by_student(access.course_access(principal, course_id))


def seen_by_student(found: CourseAccess | None) -> CourseAccess:
    """Return the course, if its student may find it or is in it. Raises ``AppError`` NOT_FOUND."""
    if found is None or not ((found.enrollment and found.is_live) or _is_discoverable(found)):
        raise not_found()
    return found


def _is_discoverable(found: CourseAccess) -> bool:
    return is_discoverable(found.status, is_targeted=found.is_meant_for_caller)


def check_may_enroll(principal: Principal, found: CourseAccess) -> None:
    """Check that the student may take a seat or wait for one, seats and fees aside.

    Raises ``AppError``: FORBIDDEN, with the missing courses in ``details`` if it is for them.
    """
    if found.status != Course.Status.PUBLISHED:
        raise AppError(ErrorCode.CONFLICT, _("This course is archived."))
    refuse_unless(
        found.self_enrollment, _("The school enrolls students in this course. Ask your teacher.")
    )
    if found.is_unprepared:
        missing = access.missing_prerequisites(found.course_id, principal.person_id)
        raise AppError(
            ErrorCode.FORBIDDEN,
            _("Complete the required course first."),
            {"reason": drip.Reason.PREREQUISITE.value, "courses": missing},
        )


def check_fees(found: CourseAccess) -> None:
    """The fee gate, if the institution has turned it on. At most one call to OptiCRM.

    OptiCRM down is no answer, and no answer opens the gate (docs/rules.md#fees).

    Raises ``AppError`` FEE_OVERDUE with the institution's own message.
    """
    gate = fee_gate(found.settings)
    if gate.enabled and fee_status(found.crm_id) == "OVERDUE":
        raise AppError(
            ErrorCode.FEE_OVERDUE,
            gate.message.strip() or _("Fees are overdue. Please pay them to continue."),
        )


def enter(
    principal: Principal, lesson_id: int, *, asks_fees: bool = True
) -> tuple[LessonFacts, CourseAccess]:
    """Return the lesson, if the caller may work in it now: the gate of all that happens in lessons.

    Managers of the course pass, as a preview. Raises ``AppError``: NOT_FOUND, FORBIDDEN for
    other staff and parents, ENROLLMENT_REQUIRED, LESSON_LOCKED with ``{reason, unlocksAt}``,
    FEE_OVERDUE (asked last, and only here: at most one call to OptiCRM in a request).
    """
    lesson, found, _window = gate(principal, lesson_id)
    if asks_fees and principal.role is Role.STUDENT:
        check_fees(found)
    return lesson, found


def gate(
    principal: Principal, lesson_id: int, *, grace: timedelta = timedelta(0)
) -> tuple[LessonFacts, CourseAccess, drip.Window]:
    """As ``enter``, without the fees, also of what closed no longer ago than ``grace``."""
    known = access.lesson_access(principal, lesson_id)
    if known is None:
        raise not_found()
    lesson, found = known
    if principal.role in STAFF:
        refuse_unless(found.manages, _("Only managers of this course can do this."))
        return lesson, found, drip.Window()
    refuse_unless(principal.role is Role.STUDENT, _("Only students can do this."))
    is_visible = found.is_live if found.enrollment else found.status == Course.Status.PUBLISHED
    if lesson.is_archived or not is_visible or not (found.enrollment or found.is_meant_for_caller):
        raise not_found()
    live_enrollment(found)
    return lesson, found, check_unlocked(principal, found, lesson, grace=grace)


def lock_of(
    found: CourseAccess, lesson: LessonFacts, overrides: tuple[drip.Override, ...]
) -> tuple[drip.Lock, drip.Window]:
    """Return the lesson's lock for the caller's enrollment now, and when it is open."""
    own = found.enrollment
    if own is None:
        return drip.OPEN, drip.Window()
    open_in = drip.window(lesson.schedule, overrides, own.enrolled_at, found.zone)
    if found.is_unprepared and own.source == "SELF" and not own.has_begun:
        # Staff who placed a student have waived what comes first; who has begun isn't stopped.
        return drip.Lock(drip.Reason.PREREQUISITE), open_in
    return drip.lock(open_in, clock.now()), open_in


def check_unlocked(
    principal: Principal,
    found: CourseAccess,
    lesson: LessonFacts,
    *,
    grace: timedelta = timedelta(0),
) -> drip.Window:
    """Return the window of an open lesson; one that closed within ``grace`` counts as open.

    Raises ``AppError`` LESSON_LOCKED with ``details {reason, unlocksAt}``.
    """
    moved: tuple[drip.Override, ...] = ()
    if lesson.has_overrides:
        moved = access.overrides(
            lesson.course_id,
            student_id=principal.person_id,
            section_id=found.section_id,
            lesson_id=lesson.id,
        ).get(lesson.id, ())
    lock, open_in = lock_of(found, lesson, moved)
    closes_at = open_in.closes_at
    is_late = lock.reason is drip.Reason.CLOSED and closes_at and clock.now() < closes_at + grace
    if lock.reason is None or is_late:
        return open_in
    raise locked(lock)


def locked(lock: drip.Lock) -> AppError:
    """Return the refusal of a lock that has a reason."""
    words = {
        drip.Reason.NOT_YET: _("This lesson isn't open yet."),
        drip.Reason.CLOSED: _("This lesson has closed."),
        drip.Reason.PREREQUISITE: _("Complete the required course first."),
    }
    reason = lock.reason or drip.Reason.NOT_YET
    return AppError(
        ErrorCode.LESSON_LOCKED,
        words[reason],
        {"reason": reason.value, "unlocksAt": lock.unlocks_at},
    )
