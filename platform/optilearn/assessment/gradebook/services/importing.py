"""Grades from a file: ours, Canvas's, Moodle's or any table, planned first and then given."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment import policies
from optilearn.assessment.gradebook.exchange.cells import CellMark, CellProblem, read_cell
from optilearn.assessment.gradebook.exchange.layouts import (
    GradeColumn,
    GradeRow,
    GradeTable,
    Product,
    grade_table,
)
from optilearn.assessment.gradebook.exchange.matching import (
    MatchProblem,
    NamedItem,
    NamedStudent,
    Students,
    match_columns,
)
from optilearn.assessment.gradebook.selectors.exporting import MAX_STUDENTS
from optilearn.assessment.gradebook.selectors.setup import GradedItem, course_setup
from optilearn.assessment.gradebook.selectors.sheets import ItemMark, Sheet, sheets
from optilearn.assessment.gradebook.services.locks import lock_enrollments
from optilearn.assessment.gradebook.services.many import give_many
from optilearn.assessment.gradebook.totals.letters import LetterScheme
from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.spreadsheets import UnreadableTableError, read_table
from optilearn.enrollment.models import Enrollment

SHOWN: Final = 1_000
"""Changes and problems that an answer lists; the summary counts all."""
_READS_LETTERS: Final = frozenset({Product.OPTILEARN, Product.OTHER})
"""Letters of another product have other percents."""
ANONYMOUS: Final = "ANONYMOUS"
"""Nobody is graded by name whose work is marked without it."""
_NO_LETTERS: Final = LetterScheme((("", Decimal(0)),))


@dataclass(frozen=True)
class PlannedGrade:
    """A grade that a file changes."""

    line: int
    sheet: Sheet
    item: GradedItem
    before: ItemMark
    after: CellMark


@dataclass(frozen=True)
class ImportProblem:
    """A row or a cell that changes nothing, and why."""

    line: int
    code: str
    column: str | None = None
    cell: str = ""


@dataclass
class ImportPlan:
    """The changes that a file would make in a course."""

    table: GradeTable
    matches: dict[int, int | MatchProblem | None]
    changes: list[PlannedGrade] = field(default_factory=list)
    problems: list[ImportProblem] = field(default_factory=list)
    unchanged: int = 0

    @property
    def token(self) -> str:
        """Stands for exactly these changes of these versions of grades."""
        digest = hashlib.sha256()
        for one in self.changes:
            key = (one.sheet.enrollment_id, one.item.id, one.before.version, one.after)
            digest.update(repr(key).encode())
        return digest.hexdigest()[:32]


@transaction.atomic
def import_grades(
    *,
    principal: Principal,
    course_id: int,
    text: str,
    columns: Mapping[str, int | None],
    apply_token: str | None,
) -> tuple[ImportPlan, bool]:
    """Plan what a file changes, and, with the plan's token, give these grades.

    Cells that say nothing, and students who aren't in the file, keep their grades. What can't be
    read is left out and listed. Applying twice changes nothing the second time. A constant number
    of statements for each 500 grades. Raises ``AppError``: FORBIDDEN, NOT_FOUND, also for
    assignments of other courses in ``columns``, VALIDATION_ERROR for what is no table, CONFLICT
    if grades were changed since the plan.
    """
    policies.managed(principal, course_id)
    students = Enrollment.objects.filter(course_id=course_id)
    table = _table(text, set(students.values_list("student__code", flat=True)))
    if apply_token is not None:
        lock_enrollments(set(students.values_list("pk", flat=True)))
    plan = _plan(course_id, table, columns)
    if apply_token is None:
        return plan, False
    if plan.changes and plan.token != apply_token:
        raise AppError(
            ErrorCode.CONFLICT,
            _("Grades have changed since the preview. Look at it again."),
            {"token": plan.token},
        )
    give_many(
        principal,
        course_id,
        {(one.sheet.enrollment_id, one.item.id): one.after for one in plan.changes},
    )
    audit.record(
        action="grades.import",
        actor=principal,
        target=f"course:{course_id}",
        details={"product": table.product.value, "changes": len(plan.changes)},
    )
    return plan, True


def _table(text: str, codes: Collection[str]) -> GradeTable:
    try:
        table = grade_table(read_table(text, max_rows=MAX_STUDENTS), codes)
    except UnreadableTableError as error:
        reasons = {
            "EMPTY": _("There are no rows in the file."),
            "TOO_MANY": _("The file has too many rows."),
        }
        message = reasons.get(str(error), _("This is no table with separators."))
        raise AppError(ErrorCode.VALIDATION_ERROR, message, [{"path": "/csv"}]) from error
    if not table.columns or not any(row.keys for row in table.rows):
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("The file needs a column that names students, and one for each assignment."),
            [{"path": "/csv"}],
        )
    return table


def _plan(course_id: int, table: GradeTable, columns: Mapping[str, int | None]) -> ImportPlan:
    setup = course_setup(course_id)
    page, _total = sheets(setup, course_id, [], slice(0, MAX_STUDENTS))
    by_enrollment = {sheet.enrollment_id: sheet for sheet in page}
    emails = dict(
        Enrollment.objects.filter(pk__in=list(by_enrollment)).values_list("pk", "student__email")
    )
    students = Students(
        NamedStudent(key, one.student["code"], emails[key], one.student["name"])
        for key, one in by_enrollment.items()
    )
    items = {one.id: one for one in setup.items}
    if any(wanted is not None and wanted not in items for wanted in columns.values()):
        raise not_found()
    named = (NamedItem(one.id, one.title, one.possible) for one in setup.items)
    plan = ImportPlan(table, match_columns(table.columns, named, columns))
    letters = setup.letters if table.product in _READS_LETTERS else _NO_LETTERS
    seen: set[int] = set()
    for row in table.rows:
        found = students.find(row)
        if found in seen:
            found = MatchProblem.DUPLICATE_STUDENT
        if isinstance(found, MatchProblem):
            shown = next((cell for cell in row.keys.values() if cell), "")
            plan.problems.append(ImportProblem(row.line, found.value, cell=shown[:100]))
            continue
        seen.add(found)
        _plan_row(plan, row, by_enrollment[found], (items, letters))
    return plan


def _plan_row(
    plan: ImportPlan,
    row: GradeRow,
    sheet: Sheet,
    course: tuple[Mapping[int, GradedItem], LetterScheme],
) -> None:
    items, letters = course
    for column in plan.table.columns:
        match = plan.matches[column.index]
        if not isinstance(match, int):
            continue
        item = items[match]
        after = read_cell(row.cell(column), item.possible, letters)
        if isinstance(after, CellProblem):
            plan.problems.append(_of_cell(row, column, after.value))
        elif after is not None:
            before = sheet.marks[match]
            if item.is_anonymous and not (before.version and before.is_posted):
                plan.problems.append(_of_cell(row, column, ANONYMOUS))
            elif (before.raw, before.is_excused) == (after.points, after.is_excused) and (
                not before.is_missing
            ):
                plan.unchanged += 1
            else:
                plan.changes.append(PlannedGrade(row.line, sheet, item, before, after))


def _of_cell(row: GradeRow, column: GradeColumn, code: str) -> ImportProblem:
    return ImportProblem(row.line, code, column.header, row.cell(column).strip()[:100])


def plan_to_wire(plan: ImportPlan, *, applied: bool) -> dict[str, Any]:
    """A plan as the API answers it."""
    return {
        "applied": applied,
        "token": plan.token,
        "product": plan.table.product.value,
        "summary": {
            "rows": len(plan.table.rows),
            "changes": len(plan.changes),
            "unchanged": plan.unchanged,
            "problems": len(plan.problems),
        },
        "columns": [_column(one, plan.matches[one.index]) for one in plan.table.columns],
        "ignoredColumns": plan.table.ignored,
        "changes": [_change(one) for one in plan.changes[:SHOWN]],
        "problems": [_problem(one) for one in plan.problems[:SHOWN]],
    }


def _column(column: GradeColumn, match: int | MatchProblem | None) -> dict[str, Any]:
    problem = match.value if isinstance(match, MatchProblem) else None
    return {
        "header": column.header,
        "assignmentId": match if isinstance(match, int) else None,
        "problem": None if problem is None else {"code": problem, "message": _message(problem)},
    }


def _change(one: PlannedGrade) -> dict[str, Any]:
    points = one.after.points
    return {
        "line": one.line,
        "enrollmentId": one.sheet.enrollment_id,
        "student": one.sheet.student,
        "assignmentId": one.item.id,
        "before": {"points": one.before.raw, "isExcused": one.before.is_excused},
        "after": {"points": points, "isExcused": one.after.is_excused},
        "isAbovePossible": points is not None and points > one.item.possible,
    }


def _problem(one: ImportProblem) -> dict[str, Any]:
    return {
        "line": one.line,
        "column": one.column,
        "cell": one.cell,
        "code": one.code,
        "message": _message(one.code),
    }


def _message(code: str) -> str:
    return {
        "UNKNOWN_STUDENT": _("Nobody in the course is named like this."),
        "AMBIGUOUS_STUDENT": _("Several students of the course are named like this."),
        "CHANGED_CODE": _("A spreadsheet seems to have made a date or a number of this code."),
        "CONFLICTING_STUDENT": _("The cells of this row name different students."),
        "DUPLICATE_STUDENT": _("This student stands in the file twice; the first row counts."),
        "UNKNOWN_ASSIGNMENT": _("The course has no assignment of this name."),
        "AMBIGUOUS_ASSIGNMENT": _("The course has several assignments of this name."),
        "DUPLICATE_ASSIGNMENT": _("This assignment stands in the file twice; the first counts."),
        "OTHER_MAXIMUM": _("The file counts other points for this assignment than the course."),
        "NOT_A_MARK": _("This is neither a number, a percent, a letter of the course nor EX."),
        "NEGATIVE": _("A mark can't be negative."),
        ANONYMOUS: _("Marking is anonymous: grade the submission, until grades are released."),
        "TOO_LARGE": _("This number is too large for a mark."),
    }[code]
