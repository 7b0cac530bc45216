"""Attendance: measured when a class ends, corrected by hand."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.core.tenancy.context import require_institution_id
from optilearn.enrollment.services import record_lesson_results
from optilearn.institutions.options import attendance_percent
from optilearn.institutions.selectors import institution_by_id
from optilearn.live import policies, presence
from optilearn.live.events import StudentsAbsent
from optilearn.live.models import Attendance, LiveClass
from optilearn.live.selectors.attendance import expected_students, student_of
from optilearn.live.selectors.presence import reports_of_students

_Status = Attendance.Status


def record_attendance(found: LiveClass) -> None:
    """Measure the attendance of a locked class that has just ended.

    Lessons of who was there are completed, and parents of who wasn't are notified, in the same
    transaction. A constant number of statements, but for courses that are completed by it.
    """
    span = span_of(found)
    percent = threshold_of(found)
    reports = reports_of_students(found.pk)
    rows = []
    for one in expected_students(found.course_id, span.start, reports):
        stays = presence.stays_of(reports.get(one.student_id, ()), span)
        result = presence.result_of(stays, span, percent)
        rows.append(
            Attendance(
                live_class=found,
                enrollment_id=one.enrollment_id,
                student_id=one.student_id,
                course_id=found.course_id,
                status=result.value,
                measured=result.value,
                present_seconds=int(sum(stay.length.total_seconds() for stay in stays)),
                held_at=span.start,
                class_seconds=int(span.length.total_seconds()),
                first_at=stays[0].start if stays else None,
                last_at=stays[-1].end if stays else None,
            )
        )
    Attendance.objects.bulk_create(rows)
    _complete_lesson(found, [row for row in rows if row.status == _Status.PRESENT])
    _publish_absent([row for row in rows if row.status == _Status.ABSENT])


@transaction.atomic
def correct_attendance(
    *, principal: Principal, class_id: int, enrollment_id: int, status: str, reason: str
) -> None:
    """Set a student's attendance by hand, for a reason; what was measured is kept beside it.

    A lesson that is completed by it stays so. Parents are notified of an absence once, whatever
    is corrected afterwards. Raises ``AppError``: FORBIDDEN, NOT_FOUND for a student of another
    course, CONFLICT before the end of the class.
    """
    found = policies.hosted(principal, class_id, lock=True).live_class
    if found.status != LiveClass.Status.ENDED:
        raise AppError(
            ErrorCode.CONFLICT, _("This live class hasn't ended."), {"status": found.status}
        )
    row = _row_of(found, enrollment_id)
    before = row.status
    row.status, row.reason = status, reason
    row.corrected_by_id, row.corrected_at = principal.caller_id, clock.now()
    row.save()
    audit.record(
        action="attendance.correct",
        actor=principal,
        target=f"live-class:{class_id}",
        details={"enrollment": enrollment_id, "from": before, "to": status},
    )
    if status == _Status.PRESENT:
        _complete_lesson(found, [row])
    if status == _Status.ABSENT:
        _publish_absent([row])


def span_of(found: LiveClass) -> presence.Span:
    """Return the time of a class that has ended, by which attendance is measured."""
    ended_at = found.ended_at or found.ends_at
    return presence.held_span(found.starts_at, found.ends_at, found.started_at, ended_at)


def threshold_of(found: LiveClass) -> int:
    """Return the part of the class, in percent, that makes a student PRESENT."""
    if found.threshold_percent is not None:
        return found.threshold_percent
    return attendance_percent(institution_by_id(require_institution_id()).settings)


def _row_of(found: LiveClass, enrollment_id: int) -> Attendance:
    row = (
        Attendance.objects.select_for_update(no_key=True)
        .filter(live_class=found, enrollment_id=enrollment_id)
        .first()
    )
    if row is not None:
        return row
    student_id = student_of(enrollment_id, found.course_id)
    if student_id is None:
        raise not_found()
    span = span_of(found)
    return Attendance(
        live_class=found,
        enrollment_id=enrollment_id,
        student_id=student_id,
        course_id=found.course_id,
        measured=_Status.ABSENT,
        held_at=span.start,
        class_seconds=int(span.length.total_seconds()),
    )


def _complete_lesson(found: LiveClass, present: Sequence[Attendance]) -> None:
    if found.lesson_id is not None and present:
        events = {row.enrollment_id: "ATTENDED" for row in present}
        record_lesson_results(lesson_id=found.lesson_id, events=events)


def _publish_absent(absent: Sequence[Attendance]) -> None:
    if absent:
        publish(StudentsAbsent(tuple(row.pk for row in absent)))
