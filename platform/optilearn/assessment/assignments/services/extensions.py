"""Extensions: more time for one student, or for a section."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.assignments import policies
from optilearn.assessment.assignments.timing import days_later
from optilearn.assessment.gradebook.services.lateness import deduct_anew_of
from optilearn.assessment.gradebook.services.locks import lock_course
from optilearn.assessment.models import Assignment, Extension
from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import invalid
from optilearn.crm.selectors import unknown_sections
from optilearn.enrollment.models import Enrollment


@dataclass(frozen=True)
class NewTimes:
    """An extension as somebody gives it: ``days`` after the assignment's own times, or moments."""

    student_id: int | None
    section_id: str
    due_at: datetime | None = None
    closes_at: datetime | None = None
    days: int | None = None
    reason: str = ""


@transaction.atomic
def put_extension(*, principal: Principal, assignment_id: int, given: NewTimes) -> None:
    """Give a student or a section more time; an earlier extension of theirs is replaced.

    What was late and isn't any more gets its points back, with entries in history. Raises
    ``AppError``: FORBIDDEN, NOT_FOUND for who isn't in the course, VALIDATION_ERROR with the place.
    """
    assignment, zone = _locked(principal, assignment_id)
    _check_target(assignment, given)
    given = _moments(assignment, given, zone)
    _check_later(assignment, given)
    Extension.objects.update_or_create(
        assignment_id=assignment_id,
        student_id=given.student_id,
        section_id=given.section_id,
        defaults={
            "course_id": assignment.course_id,
            "due_at": given.due_at,
            "closes_at": given.closes_at,
            "reason": given.reason,
        },
    )
    deduct_anew_of(principal, assignment)
    audit.record(
        action="extension.set",
        actor=principal,
        target=f"assignment:{assignment_id}",
        details={"student": given.student_id, "section": given.section_id},
    )


@transaction.atomic
def remove_extension(*, principal: Principal, extension_id: int) -> int:
    """Take an extension back; return the id of its assignment.

    Lateness, and what it costs, is computed anew. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    found = Extension.objects.filter(pk=extension_id).first()
    if found is None:
        raise not_found()
    assignment, _zone = _locked(principal, found.assignment_id)
    found.delete()
    deduct_anew_of(principal, assignment)
    audit.record(
        action="extension.remove",
        actor=principal,
        target=f"assignment:{assignment.pk}",
        details={"student": found.student_id, "section": found.section_id},
    )
    return assignment.pk


def _locked(principal: Principal, assignment_id: int) -> tuple[Assignment, ZoneInfo]:
    known, course = policies.managed_assignment(principal, assignment_id)
    lock_course(known.course_id)
    assignment, _course = policies.managed_assignment(principal, assignment_id, lock=True)
    return assignment, course.zone


def _check_target(assignment: Assignment, given: NewTimes) -> None:
    if given.student_id is not None:
        there = Enrollment.objects.filter(
            course_id=assignment.course_id, student_id=given.student_id
        )
        if not there.exists():
            raise not_found()
    elif unknown_sections([given.section_id]):
        raise invalid(_("This section was not found."), "/sectionId")


def _moments(assignment: Assignment, given: NewTimes, zone: ZoneInfo) -> NewTimes:
    """The times that are meant by days: so many days after the assignment's own."""
    if given.days is None:
        return given
    if assignment.due_at is None and assignment.closes_at is None:
        raise invalid(_("The assignment has neither a due date nor a close."), "/days")

    def later(moment: datetime | None) -> datetime | None:
        return None if moment is None else days_later(moment, given.days or 0, zone)

    return replace(given, due_at=later(assignment.due_at), closes_at=later(assignment.closes_at))


def _check_later(assignment: Assignment, given: NewTimes) -> None:
    """An extension gives more time, never less."""
    for name, path in (("due_at", "/dueAt"), ("closes_at", "/closesAt")):
        wanted, own = getattr(given, name), getattr(assignment, name)
        if wanted is not None and own is None:
            raise invalid(_("The assignment has no such limit that could be later."), path)
        if wanted is not None and wanted <= own:
            raise invalid(_("An extension has to be later than the assignment's own time."), path)
    if given.due_at and given.closes_at and given.closes_at < given.due_at:
        raise invalid(_("The opening comes first, then the due date, then the close."), "/closesAt")
