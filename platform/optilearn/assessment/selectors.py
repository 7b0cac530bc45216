"""Reads about work and grades, for messages. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q

from optilearn.assessment.assignments.anonymity import code_of
from optilearn.assessment.assignments.rules import due_for
from optilearn.assessment.models import Submission
from optilearn.core import clock
from optilearn.core.sql import compose, rows
from optilearn.courses.rules import COURSES, LESSONS, live
from optilearn.enrollment.rules import ENROLLMENTS, in_force
from optilearn.people.rules import PEOPLE, active

_MISSING: Final = compose(
    """
    SELECT a.id AS assignment_id, a.title AS assignment_title, d.due_at, c.id AS course_id,
           c.title AS course_title, e.student_id
      FROM assessment_assignment a <course> AND <live>
      JOIN <enrollments> ON e.institution_id = a.institution_id AND e.course_id = a.course_id
       AND <in_force>
      <person> AND <active>
      JOIN LATERAL (SELECT <due> AS due_at) AS d ON TRUE
     WHERE a.due_at <= %(until)s AND a.archived_at IS NULL
       AND (a.due_at > %(since)s
            OR EXISTS (SELECT FROM assessment_extension x
                        WHERE x.institution_id = a.institution_id AND x.assignment_id = a.id))
       AND d.due_at > %(since)s AND d.due_at <= %(until)s
       AND (e.enrolled_at IS NULL OR e.enrolled_at <= d.due_at)
       AND <chosen>
       AND NOT EXISTS (SELECT FROM <lessons>
                        WHERE l.institution_id = a.institution_id AND l.id = a.lesson_id
                          AND l.archived_at IS NOT NULL)
       AND NOT EXISTS (SELECT FROM assessment_submission s
                        WHERE s.institution_id = a.institution_id AND s.enrollment_id = e.id
                          AND s.assignment_id = a.id)
       AND NOT EXISTS (SELECT FROM assessment_quiz q
                        WHERE q.institution_id = a.institution_id AND q.assignment_id = a.id
                          AND (EXISTS (SELECT FROM assessment_attempt t
                                        WHERE t.institution_id = q.institution_id
                                          AND t.quiz_id = q.id AND t.enrollment_id = e.id)
                               OR EXISTS (SELECT FROM assessment_accommodation x
                                           WHERE x.institution_id = q.institution_id
                                             AND x.student_id = e.student_id
                                             AND (x.course_id = q.course_id
                                                  OR x.course_id IS NULL)
                                             AND x.time_factor > 1)))
    """,
    course=COURSES.joined("c", "a.course_id"),
    live=live("c"),
    enrollments=ENROLLMENTS.aliased("e"),
    in_force=in_force("e"),
    person=PEOPLE.joined("p", "e.student_id", of="a"),
    active=active("p"),
    lessons=LESSONS.aliased("l"),
    due=due_for("a", "e.student_id", "p.section_id"),
)
_MISSING_PAGE: Final = compose(
    _MISSING + " ORDER BY a.id, e.student_id LIMIT %(limit)s",
    chosen="(a.id, e.student_id) > (%(assignment)s, %(student)s)",
)
_MISSING_OF: Final = compose(
    _MISSING + " ORDER BY e.student_id, d.due_at, a.id",
    chosen="e.student_id = ANY(%(students)s)",
)
_MISSING_PAIRS: Final = compose(
    _MISSING,
    chosen="(a.id, e.student_id) IN (SELECT * FROM unnest(%(assignments)s::bigint[],"
    " %(students)s::bigint[]))",
)
_GRADE: Final = compose(
    """
    SELECT s.id, s.student_id, p.name AS student_name, a.id AS assignment_id,
           a.title AS assignment_title, a.max_score, s.score, s.graded_at, c.id AS course_id,
           c.title AS course_title
      FROM (SELECT n.institution_id, n.id, n.student_id, n.course_id, n.assignment_id,
                   n.enrollment_id, n.submitted_at, n.is_banked, n.score, n.graded_at
              FROM assessment_submission n
             WHERE NOT EXISTS (SELECT FROM assessment_grade g
                                WHERE g.institution_id = n.institution_id
                                  AND g.enrollment_id = n.enrollment_id
                                  AND g.assignment_id = n.assignment_id)
            UNION ALL
            SELECT n.institution_id, n.id, n.student_id, n.course_id, n.assignment_id,
                   n.enrollment_id, n.submitted_at, n.is_banked, g.points, g.posted_at
              FROM assessment_grade g JOIN assessment_submission n
                ON n.institution_id = g.institution_id AND n.enrollment_id = g.enrollment_id
               AND n.assignment_id = g.assignment_id
             WHERE g.posted_at IS NOT NULL AND NOT g.is_excused) AS s
      JOIN assessment_assignment a
        ON a.institution_id = s.institution_id AND a.id = s.assignment_id
      <course> <person> AND <active>
     WHERE s.graded_at >= %(since)s AND s.graded_at < %(until)s AND s.score IS NOT NULL
       AND NOT s.is_banked
       AND NOT EXISTS (SELECT FROM assessment_submission o
                        WHERE o.institution_id = s.institution_id
                          AND o.enrollment_id = s.enrollment_id
                          AND o.assignment_id = s.assignment_id
                          AND (o.submitted_at, o.id) > (s.submitted_at, s.id))
    """,
    course=COURSES.joined("c", "s.course_id"),
    person=PEOPLE.joined("p", "s.student_id"),
    active=active("p"),
)
_RELEASED: Final = compose(
    """
    SELECT g.id, g.student_id, p.name AS student_name, a.id AS assignment_id,
           CASE WHEN q.id IS NULL THEN a.title ELSE l.title END AS assignment_title, a.max_score,
           g.points AS score, coalesce(g.graded_at, g.posted_at) AS graded_at,
           c.id AS course_id, c.title AS course_title
      FROM assessment_grade g
      JOIN assessment_assignment a
        ON a.institution_id = g.institution_id AND a.id = g.assignment_id
      LEFT JOIN assessment_quiz q
        ON q.institution_id = a.institution_id AND q.assignment_id = a.id
      LEFT JOIN <lessons> ON l.institution_id = a.institution_id AND l.id = a.lesson_id
      <course> <person> AND <active>
     WHERE g.id = ANY(%(grades)s) AND g.posted_at IS NOT NULL AND g.points IS NOT NULL
     ORDER BY g.id
    """,
    lessons=LESSONS.aliased("l"),
    course=COURSES.joined("c", "g.course_id"),
    person=PEOPLE.joined("p", "g.student_id"),
    active=active("p"),
)
_RECEIVED: Final = compose(
    """
    SELECT s.id, s.student_id, p.name AS student_name, a.id AS assignment_id,
           a.title AS assignment_title, c.id AS course_id, c.title AS course_title,
           s.enrollment_id,
           a.is_anonymous AND NOT EXISTS (
                SELECT FROM assessment_grade g
                 WHERE g.institution_id = s.institution_id AND g.assignment_id = s.assignment_id
                   AND g.enrollment_id = s.enrollment_id AND g.posted_at IS NOT NULL) AS is_hidden
      FROM assessment_submission s
      JOIN assessment_assignment a
        ON a.institution_id = s.institution_id AND a.id = s.assignment_id
      <course> <person>
     WHERE s.id = ANY(%(submissions)s)
     ORDER BY s.id
    """,
    course=COURSES.joined("c", "s.course_id"),
    person=PEOPLE.joined("p", "s.student_id"),
)
_LOW: Final = (
    _GRADE + " AND s.score * 100 < a.max_score * %(percent)s AND s.id > %(after)s"
    " ORDER BY s.id LIMIT %(limit)s"
)
_GRADES_OF: Final = _GRADE + " AND s.student_id = ANY(%(students)s) ORDER BY s.graded_at, s.id"
_GRADES_FOR: Final = (
    _GRADE + " AND (s.assignment_id, s.student_id) IN (SELECT * FROM"
    " unnest(%(assignments)s::bigint[], %(students)s::bigint[]))"
)
_ALWAYS: Final = {
    "since": datetime.min.replace(tzinfo=UTC),
    "until": datetime.max.replace(tzinfo=UTC),
}
_Pair = tuple[int, int]
"""An assignment's id and a student's."""


@dataclass(frozen=True)
class Missing:
    """Work that a student with access to its course hasn't handed in."""

    assignment_id: int
    assignment_title: str
    due_at: datetime
    course_id: int
    course_title: str
    student_id: int


@dataclass(frozen=True)
class Grade:
    """The grade of a student for an assignment: the one released, else the newest submission's."""

    id: int
    """The submission's; of :func:`released`, the grade's."""
    student_id: int
    student_name: str
    assignment_id: int
    assignment_title: str
    max_score: Decimal
    score: Decimal
    graded_at: datetime
    course_id: int
    course_title: str


@dataclass(frozen=True)
class Received:
    """Work that a student has handed in."""

    id: int
    student_id: int
    student_name: str
    assignment_id: int
    assignment_title: str
    course_id: int
    course_title: str
    enrollment_id: int
    is_hidden: bool
    """Markers don't see whose work it is."""

    @property
    def code(self) -> str:
        """The work's name for markers who don't see the student's."""
        return code_of(self.assignment_id, self.enrollment_id)


def missing(
    since: datetime, until: datetime, *, after: tuple[int, int], limit: int
) -> list[Missing]:
    """Work not handed in that is due after ``since`` and not after ``until``.

    In the order of (assignment, student), beginning after that pair. Who joined the course when
    it was due already isn't asked for it.
    """
    given = {
        "now": clock.now(),
        "since": since,
        "until": until,
        "assignment": after[0],
        "student": after[1],
        "limit": limit,
    }
    return [Missing(**one) for one in rows(_MISSING_PAGE, given)]


def missing_of(student_ids: Collection[int], since: datetime, until: datetime) -> list[Missing]:
    """As :func:`missing`, all of these students', by student and due date. One query."""
    given = {
        "now": clock.now(),
        "since": since,
        "until": until,
        "students": list(student_ids),
    }
    return [Missing(**one) for one in rows(_MISSING_OF, given)]


def still_missing(pairs: Collection[_Pair]) -> dict[_Pair, datetime]:
    """Of these (assignment, student), what isn't handed in now, and when it is due. One query."""
    given = _ALWAYS | _columns(pairs) | {"now": clock.now()}
    found = [Missing(**one) for one in rows(_MISSING_PAIRS, given)]
    return {(one.assignment_id, one.student_id): one.due_at for one in found}


def low_grades(
    since: datetime, until: datetime, percent: int, *, after: int, limit: int
) -> list[Grade]:
    """Grades given from ``since`` to before ``until`` that are below ``percent`` of the most.

    Only of the newest submission; what was carried over from an earlier run isn't told.
    """
    given = {"since": since, "until": until, "percent": percent, "after": after, "limit": limit}
    return [Grade(**one) for one in rows(_LOW, given)]


def grades_of(student_ids: Collection[int], since: datetime, until: datetime) -> list[Grade]:
    """Return these students' grades of a stretch of time, the oldest first. One query."""
    given = {"since": since, "until": until, "students": list(student_ids)}
    return [Grade(**one) for one in rows(_GRADES_OF, given)]


def released(grade_ids: Collection[int]) -> list[Grade]:
    """Of these grades, those that their students see, by id. One query."""
    return [Grade(**one) for one in rows(_RELEASED, {"grades": list(grade_ids)})]


def received(submission_ids: Collection[int]) -> list[Received]:
    """Return these submissions, by id. One query."""
    return [Received(**one) for one in rows(_RECEIVED, {"submissions": list(submission_ids)})]


def scores_for(pairs: Collection[_Pair]) -> dict[_Pair, Decimal]:
    """Of these (assignment, student), the scores as they are now. One query."""
    found = [Grade(**one) for one in rows(_GRADES_FOR, _ALWAYS | _columns(pairs))]
    return {(one.assignment_id, one.student_id): one.score for one in found}


def _columns(pairs: Collection[_Pair]) -> dict[str, object]:
    return {"assignments": [pair[0] for pair in pairs], "students": [pair[1] for pair in pairs]}


def waiting_to_be_graded(course_ids: Collection[int]) -> dict[int, int]:
    """Return the number of ungraded submissions by course; courses with none are missing.

    Work that was handed in again counts once, and what was archived doesn't. One query.
    """
    again = Submission.objects.filter(
        Q(submitted_at__gt=OuterRef("submitted_at"))
        | Q(submitted_at=OuterRef("submitted_at"), pk__gt=OuterRef("pk")),
        enrollment_id=OuterRef("enrollment_id"),
        assignment_id=OuterRef("assignment_id"),
        attempt=None,
    )
    waiting = Submission.objects.filter(
        ~Exists(again),
        course_id__in=list(course_ids),
        assignment__archived_at=None,
        status=Submission.Status.SUBMITTED,
        score=None,
    )
    counted = waiting.order_by().values("course_id").annotate(waiting=Count("id"))
    return dict(counted.values_list("course_id", "waiting"))
