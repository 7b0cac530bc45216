"""Reads of gradebooks: for managers of the course, and a student's own."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from optilearn.assessment import policies
from optilearn.assessment.gradebook.schemas.grading import GradebookQuery, GradeChangesQuery
from optilearn.assessment.gradebook.selectors.explaining import steps_of
from optilearn.assessment.gradebook.selectors.setup import CourseSetup, GradedItem, course_setup
from optilearn.assessment.gradebook.selectors.sheets import ItemMark, Sheet, sheet_of, sheets
from optilearn.assessment.gradebook.totals.calculation import Total, Totals
from optilearn.assessment.models import GradeChange
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.text import words_of


def grading(principal: Principal, course_id: int) -> dict[str, Any]:
    """Return how a course is graded: policy, groups, items. Two queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.managed(principal, course_id)
    return _grading(course_setup(course_id))


def gradebook(
    principal: Principal, course_id: int, query: GradebookQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of a course's students with marks and totals, and their number.

    Three queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    found = policies.managed(principal, course_id)
    setup = course_setup(course_id, term_id=query.term_id, zone=found.zone.key)
    page, total = sheets(setup, course_id, words_of(query.q), query.window)
    return [_row(one, one.totals(setup)) for one in page], total


def student_grades(
    principal: Principal, course_id: int, enrollment_id: int, term_id: int | None = None
) -> dict[str, Any]:
    """Return one student's marks, totals and their explanation, for managers. Three queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    found = policies.managed(principal, course_id)
    setup = course_setup(course_id, term_id=term_id, zone=found.zone.key)
    sheet = sheet_of(setup, course_id, enrollment_id)
    if sheet is None:
        raise not_found()
    totals = sheet.totals(setup)
    return _row(sheet, totals) | _explained(setup, sheet, totals)


def own_grades(principal: Principal, course_id: int, term_id: int | None = None) -> dict[str, Any]:
    """Return the calling student's grades that were released, with totals and explanation.

    Three queries. Raises ``AppError``: FORBIDDEN for others, NOT_FOUND, ENROLLMENT_REQUIRED.
    """
    found, enrollment_id = policies.own_course(principal, course_id)
    setup = course_setup(course_id, term_id=term_id, zone=found.zone.key)
    sheet = sheet_of(setup, course_id, enrollment_id, only_released=True)
    if sheet is None:
        raise not_found()
    totals = sheet.totals(setup)
    return {
        "courseId": course_id,
        "items": [_item(one) for one in setup.items],
        "marks": [_mark(mark) for mark in sheet.marks.values()],
        **_totals(totals),
        **_explained(setup, sheet, totals),
    }


def grade_changes(
    principal: Principal, course_id: int, query: GradeChangesQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of the changes of a course's grades, the newest first, and their number.

    Those of anonymous work are left out until its grade is released. Three queries. Raises
    ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.managed(principal, course_id)
    found = GradeChange.objects.filter(
        Q(grade__assignment__is_anonymous=False) | Q(grade__posted_at__isnull=False),
        grade__course_id=course_id,
    )
    if query.enrollment_id is not None:
        found = found.filter(grade__enrollment_id=query.enrollment_id)
    if query.assignment_id is not None:
        found = found.filter(grade__assignment_id=query.assignment_id)
    columns = ("id", "at", "cause", "before", "after", "reason")
    page = found.order_by("-at", "-id").values(
        *columns,
        "author_id",
        "author__name",
        "grade__assignment_id",
        "grade__enrollment_id",
    )[query.window]
    return [_change(one) for one in page], found.count()


def _grading(setup: CourseSetup) -> dict[str, Any]:
    late = setup.late
    return {
        "isWeighted": setup.is_weighted,
        "late": {
            "percent": late.percent,
            "interval": setup.late_interval,
            "lowestPercent": late.lowest_percent,
            "missingPercent": late.missing_percent,
        },
        "letters": [{"letter": letter, "from": least} for letter, least in setup.letters.bounds],
        "groups": [
            {
                "id": group.id,
                "name": group.name,
                "weight": group.weight,
                "dropLowest": group.drop_lowest,
                "dropHighest": group.drop_highest,
            }
            for group in setup.groups
        ],
        "items": [_item(one) for one in setup.items],
    }


def _item(item: GradedItem) -> dict[str, Any]:
    return {
        "assignmentId": item.id,
        "title": item.title,
        "kind": item.kind,
        "groupId": item.group_id,
        "possible": item.possible,
        "dueAt": item.due_at,
        "isExtraCredit": item.is_extra_credit,
        "isNeverDropped": item.is_never_dropped,
        "counts": item.counts,
        "postsManually": item.posts_manually,
    }


def _row(sheet: Sheet, totals: Totals) -> dict[str, Any]:
    return {
        "enrollmentId": sheet.enrollment_id,
        "student": sheet.student,
        "marks": [_mark(mark) for mark in sheet.marks.values()],
        **_totals(totals),
    }


def _mark(mark: ItemMark) -> dict[str, Any]:
    return {
        "assignmentId": mark.assignment_id,
        "points": mark.points,
        "rawPoints": mark.raw,
        "deducted": mark.deducted,
        "isExcused": mark.is_excused,
        "isPosted": mark.is_posted,
        "isMissing": mark.is_missing,
        "isLate": mark.is_late,
        "submittedAt": mark.submitted_at,
        "gradedAt": mark.graded_at,
        "comment": mark.comment,
        "version": mark.version,
    }


def _totals(totals: Totals) -> dict[str, Any]:
    return {"current": _total(totals.current), "final": _total(totals.final)}


def _total(total: Total) -> dict[str, Any]:
    dropped = [
        key for part in total.groups for key in (*part.dropped.lowest, *part.dropped.highest)
    ]
    return {"percent": total.percent, "letter": total.letter, "dropped": dropped}


def _explained(setup: CourseSetup, sheet: Sheet, totals: Totals) -> dict[str, Any]:
    return {
        "explanation": {
            "current": steps_of(setup, sheet, totals.current, is_final=False),
            "final": steps_of(setup, sheet, totals.final, is_final=True),
        }
    }


def _change(found: dict[str, Any]) -> dict[str, Any]:
    author = found["author_id"]
    return {
        "id": found["id"],
        "at": found["at"],
        "author": None if author is None else {"id": author, "name": found["author__name"]},
        "cause": found["cause"],
        "assignmentId": found["grade__assignment_id"],
        "enrollmentId": found["grade__enrollment_id"],
        "before": found["before"],
        "after": found["after"],
        "reason": found["reason"],
    }
