"""Students' marks in a course: grades, scores of submissions, and what was never handed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from optilearn.assessment.assignments.rules import extended_for
from optilearn.assessment.gradebook.selectors.setup import CourseSetup, GradedItem, moment
from optilearn.assessment.gradebook.totals.calculation import Mark, Totals
from optilearn.core import clock
from optilearn.core.sql import Row, compose, rows
from optilearn.core.text import has_words
from optilearn.enrollment.rules import ENROLLMENTS, holds_seat
from optilearn.people.rules import PEOPLE

_MARKS: Final = """
    (SELECT jsonb_agg(jsonb_build_object(
                'assignment', assignment_id, 'points', m.points::text, 'raw', m.raw::text,
                'deducted', m.deducted::text, 'isExcused', m.is_excused, 'isPosted', m.is_posted,
                'isLate', m.is_late, 'submittedAt', m.submitted_at, 'gradedAt', m.graded_at,
                'comment', m.comment, 'version', m.version))
       FROM (SELECT assignment_id,
                    CASE WHEN g.id IS NULL THEN s.score ELSE g.points END AS points,
                    CASE WHEN g.id IS NULL THEN s.score ELSE g.raw_points END AS raw,
                    coalesce(g.deducted, 0) AS deducted,
                    coalesce(g.is_excused, FALSE) AS is_excused,
                    g.id IS NULL OR g.posted_at IS NOT NULL AS is_posted,
                    coalesce(s.is_late, FALSE) AS is_late, s.submitted_at,
                    coalesce(g.graded_at, s.graded_at) AS graded_at,
                    coalesce(g.comment, '') AS comment, coalesce(g.version, 0) AS version
               FROM (SELECT * FROM assessment_grade g
                      WHERE g.institution_id = e.institution_id AND g.enrollment_id = e.id) AS g
               FULL JOIN (
                    SELECT DISTINCT ON (s.assignment_id) s.assignment_id, s.score, s.is_late,
                           s.submitted_at, s.graded_at
                      FROM assessment_submission s
                     WHERE s.institution_id = e.institution_id AND s.enrollment_id = e.id
                     ORDER BY s.assignment_id, s.submitted_at DESC, s.id DESC) AS s
              USING (assignment_id)) AS m) AS marks
"""
_BEGUN: Final = """
    (SELECT array_agg(DISTINCT q.assignment_id) FROM assessment_attempt t
       JOIN assessment_quiz q ON q.institution_id = t.institution_id AND q.id = t.quiz_id
      WHERE t.institution_id = e.institution_id AND t.enrollment_id = e.id) AS begun
"""
_TIME_FACTOR: Final = """
    (SELECT max(x.time_factor) FROM assessment_accommodation x
      WHERE x.institution_id = e.institution_id AND x.student_id = e.student_id
        AND (x.course_id = e.course_id OR x.course_id IS NULL)) AS time_factor
"""
_EXTENDED: Final = compose(
    """
    (SELECT jsonb_object_agg(x.assignment_id, x.due_at)
       FROM (SELECT x.assignment_id, max(x.due_at) AS due_at FROM assessment_extension x
              WHERE x.institution_id = e.institution_id AND x.course_id = e.course_id
                AND x.due_at IS NOT NULL AND <extended>
              GROUP BY x.assignment_id) AS x) AS extended
    """,
    extended=extended_for("x", "e.student_id", "page.section_id"),
)
_SHEETS: Final = compose(
    """
    SELECT page.*, <marks>, <begun>, <time_factor>, <extensions>
      FROM (SELECT e.institution_id, e.id, e.enrolled_at, p.id AS student_id, p.code, p.name,
                   p.section_id,
                   count(*) OVER () AS total
              FROM <enrollments> <person>
             WHERE e.course_id = %(course)s <where>
             ORDER BY lower(p.name), e.id LIMIT %(limit)s OFFSET %(offset)s) AS page
      JOIN <enrollments> ON e.institution_id = page.institution_id AND e.id = page.id
     ORDER BY lower(page.name), page.id
    """,
    marks=_MARKS,
    begun=_BEGUN,
    time_factor=_TIME_FACTOR,
    extensions=_EXTENDED,
    enrollments=ENROLLMENTS.aliased("e"),
    person=PEOPLE.joined("p", "e.student_id"),
)
_OF_A_COURSE: Final = compose(_SHEETS, where=f"AND {holds_seat('e')} <named>")
_ALL: Final = compose(_OF_A_COURSE, named="")
_NAMED: Final = compose(
    _OF_A_COURSE, named="AND " + has_words("concat_ws(' ', p.name, p.code)", "%(words)s")
)
_ONE: Final = compose(_SHEETS, where="AND e.id = %(enrollment)s")


@dataclass(frozen=True, slots=True)
class ItemMark:
    """A student's mark for one item, with what explains it."""

    assignment_id: int
    points: Decimal | None = None
    raw: Decimal | None = None
    deducted: Decimal = Decimal(0)
    is_excused: bool = False
    is_posted: bool = True
    is_missing: bool = False
    """Due and not handed in; it has the policy's mark, if that gives one."""
    is_late: bool = False
    submitted_at: datetime | None = None
    graded_at: datetime | None = None
    comment: str = ""
    version: int = 0
    """Of the grade, for who changes it; 0 if there is none yet."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The marks of one student, by item, in the order of the items."""

    enrollment_id: int
    student: dict[str, Any]
    marks: dict[int, ItemMark]

    def totals(self, setup: CourseSetup) -> Totals:
        """Add it up."""
        return setup.gradebook.totals(
            {key: Mark(mark.points, is_excused=mark.is_excused) for key, mark in self.marks.items()}
        )


def sheets(
    setup: CourseSetup, course_id: int, words: list[str], window: slice
) -> tuple[list[Sheet], int]:
    """Return a page of the sheets of students who hold a seat, by name, and their number.

    One query; ``words`` narrow it to names and codes.
    """
    given = {
        "course": course_id,
        "words": words,
        "limit": window.stop - window.start,
        "offset": window.start,
    }
    found = rows(_NAMED if words else _ALL, given)
    if not found and window.start:  # beyond the end: the number of all is still asked for
        _page, total = sheets(setup, course_id, words, slice(0, 1))
        return [], total
    return [_sheet(setup, one) for one in found], found[0]["total"] if found else 0


def sheet_of(
    setup: CourseSetup, course_id: int, enrollment_id: int, *, only_released: bool = False
) -> Sheet | None:
    """Return the sheet of one enrollment of the course, whatever its status. One query.

    ``only_released`` is as the student sees it: what isn't released is as if it weren't graded.
    """
    given = {"course": course_id, "enrollment": enrollment_id, "limit": 1, "offset": 0}
    found = rows(_ONE, given)
    return _sheet(setup, found[0], only_released=only_released) if found else None


def _sheet(setup: CourseSetup, found: Row, *, only_released: bool = False) -> Sheet:
    known = {one["assignment"]: _mark(one) for one in found["marks"] or ()}
    extended = found["extended"] or {}
    marks = []
    for item in setup.items:
        mark = known.get(item.id, ItemMark(item.id))
        if mark.version == 0 and mark.points is not None and item.posts_manually:
            mark = replace(mark, is_posted=False)
        if only_released and not mark.is_posted:
            mark = ItemMark(item.id, submitted_at=mark.submitted_at, is_late=mark.is_late)
        has_begun = item.id in (found["begun"] or ())
        due_at = item.due_for(found["time_factor"] or Decimal(1), extended.get(str(item.id)))
        is_asked = due_at is not None and (found["enrolled_at"] or due_at) <= due_at
        is_due = (
            is_asked
            and item.counts
            and not has_begun
            and due_at is not None
            and due_at < clock.now()
        )
        mark = _missing(setup, item, mark) if is_due else mark
        if item.is_anonymous and not only_released:
            mark = _anonymous(mark)
        marks.append(mark)
    student = {"id": found["student_id"], "code": found["code"], "name": found["name"]}
    return Sheet(found["id"], student, {mark.assignment_id: mark for mark in marks})


def _mark(found: dict[str, Any]) -> ItemMark:
    return ItemMark(
        assignment_id=found["assignment"],
        points=_decimal(found["points"]),
        raw=_decimal(found["raw"]),
        deducted=Decimal(found["deducted"]),
        is_excused=found["isExcused"],
        is_posted=found["isPosted"],
        is_late=found["isLate"],
        submitted_at=moment(found["submittedAt"]),
        graded_at=moment(found["gradedAt"]),
        comment=found["comment"],
        version=found["version"],
    )


def _missing(setup: CourseSetup, item: GradedItem, mark: ItemMark) -> ItemMark:
    """The mark of work that is due: what wasn't handed in has the policy's points for it.

    Who joined when it was due already isn't asked for it, as in reminders.
    """
    if mark.points is not None or mark.is_excused or mark.submitted_at is not None:
        return mark
    points = setup.late.missing(item.possible)
    return replace(mark, points=points, is_posted=True, is_missing=True)


def _anonymous(mark: ItemMark) -> ItemMark:
    """A mark of anonymous work says nothing until it is released: it would name the work."""
    is_released = mark.version > 0 and mark.is_posted
    return mark if is_released or mark.is_missing else ItemMark(mark.assignment_id, is_posted=False)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
