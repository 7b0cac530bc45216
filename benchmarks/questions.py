"""Twelve questions a school asks: as definitions, and as SQL written by hand.

``duckdb`` runs on a snapshot file, ``postgres`` on the records; both give the rows of the
definition in its order. The SQL is what an analyst would write who knows the data: no
guards, inner joins where no parent can be missing, no totals unless asked for.
PostgreSQL's takes two parameters: ``institution`` and ``zone`` (pyformat style).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Question:
    """One question in three languages."""

    name: str
    definition: dict[str, Any]
    duckdb: str
    postgres: str


def _ask(entity: str, mode: str = "categorical", **rest: Any) -> dict[str, Any]:
    return {"version": 1, "entity": entity, "mode": mode, **rest}


_LOCAL = "(a.occurred_at AT TIME ZONE %(zone)s)::date"

QUESTIONS: tuple[Question, ...] = (
    Question(
        "enrollments and withdrawals by course",
        _ask(
            "enrollments",
            dimensions=["course.code"],
            measures=["enrollments.count", "enrollments.withdrawalRate"],
        ),
        """SELECT c.code, count(*),
             count(*) FILTER (WHERE e.status = 'WITHDRAWN')::DOUBLE / count(*)
           FROM enrollments e JOIN courses c ON c.id = e.course_id GROUP BY 1 ORDER BY 1""",
        """SELECT c.code, count(*),
             count(*) FILTER (WHERE e.status = 'WITHDRAWN')::float8 / count(*)
           FROM enrollment_enrollment e
           JOIN courses_course c ON c.institution_id = e.institution_id AND c.id = e.course_id
           WHERE e.institution_id = %(institution)s GROUP BY 1 ORDER BY 1""",
    ),
    Question(
        "marks by kind of assignment",
        _ask(
            "submissions",
            dimensions=["course.category", "assignment.kind"],
            measures=["submissions.count", "submissions.avgScore", "submissions.lateRate"],
        ),
        """SELECT c.category, a.kind, count(*), avg(s.score),
             count(*) FILTER (WHERE s.is_late)::DOUBLE / count(*)
           FROM submissions s JOIN courses c ON c.id = s.course_id
           JOIN assignments a ON a.id = s.assignment_id GROUP BY 1, 2 ORDER BY 1, 2""",
        """SELECT c.category, a.kind, count(*), avg(s.score)::float8,
             count(*) FILTER (WHERE s.is_late)::float8 / count(*)
           FROM assessment_submission s
           JOIN courses_course c ON c.institution_id = s.institution_id AND c.id = s.course_id
           JOIN assessment_assignment a
             ON a.institution_id = s.institution_id AND a.id = s.assignment_id
           WHERE s.institution_id = %(institution)s GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    Question(
        "clicks by week",
        _ask(
            "activity",
            "temporal",
            time={"field": "occurredOn", "bucket": "week"},
            measures=["activity.clicks"],
        ),
        """SELECT date_trunc('week', occurred_on)::DATE, sum(clicks)
           FROM activity GROUP BY 1 ORDER BY 1""",
        f"""SELECT date_trunc('week', {_LOCAL})::date, sum(a.clicks)
           FROM activity_event a WHERE a.institution_id = %(institution)s
           GROUP BY 1 ORDER BY 1""",
    ),
    Question(
        "active learners by month and subject",
        _ask(
            "activity",
            "temporal",
            time={"field": "occurredOn", "bucket": "month"},
            dimensions=["course.category"],
            measures=["activity.activeLearners"],
        ),
        """SELECT date_trunc('month', a.occurred_on)::DATE, c.category,
             count(DISTINCT a.student_id)
           FROM activity a JOIN courses c ON c.id = a.course_id GROUP BY 1, 2 ORDER BY 1, 2""",
        f"""SELECT date_trunc('month', {_LOCAL})::date, c.category, count(DISTINCT a.student_id)
           FROM activity_event a
           JOIN courses_course c ON c.institution_id = a.institution_id AND c.id = a.course_id
           WHERE a.institution_id = %(institution)s GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    Question(
        "use by course",
        _ask(
            "activity",
            dimensions=["course.code"],
            measures=["activity.events", "activity.clicks", "activity.activeLearners"],
        ),
        """SELECT c.code, count(*), sum(a.clicks), count(DISTINCT a.student_id)
           FROM activity a JOIN courses c ON c.id = a.course_id GROUP BY 1 ORDER BY 1""",
        """SELECT c.code, count(*), sum(a.clicks), count(DISTINCT a.student_id)
           FROM activity_event a
           JOIN courses_course c ON c.institution_id = a.institution_id AND c.id = a.course_id
           WHERE a.institution_id = %(institution)s GROUP BY 1 ORDER BY 1""",
    ),
    Question(
        "clicks by kind of lesson",
        _ask(
            "activity",
            dimensions=["lesson.kind"],
            measures=["activity.events", "activity.clicks"],
            sort=[{"by": "activity.clicks", "dir": "desc"}],
        ),
        """SELECT l.kind, count(*), sum(a.clicks) AS clicks
           FROM activity a LEFT JOIN lessons l ON l.id = a.lesson_id
           GROUP BY 1 ORDER BY clicks DESC, 1""",
        """SELECT l.kind, count(*), sum(a.clicks) AS clicks
           FROM activity_event a LEFT JOIN courses_lesson l
             ON l.institution_id = a.institution_id AND l.id = a.lesson_id
           WHERE a.institution_id = %(institution)s GROUP BY 1 ORDER BY clicks DESC, 1""",
    ),
    Question(
        "clicks by outcome",
        _ask(
            "activity",
            dimensions=["enrollment.outcome"],
            measures=["activity.clicks", "activity.activeLearners"],
        ),
        """SELECT e.outcome, sum(a.clicks), count(DISTINCT a.student_id)
           FROM activity a JOIN enrollments e ON e.id = a.enrollment_id GROUP BY 1 ORDER BY 1""",
        """SELECT e.outcome, sum(a.clicks), count(DISTINCT a.student_id)
           FROM activity_event a JOIN enrollment_enrollment e
             ON e.institution_id = a.institution_id AND e.id = a.enrollment_id
           WHERE a.institution_id = %(institution)s GROUP BY 1 ORDER BY 1""",
    ),
    Question(
        "clicks by day in one subject and quarter",
        _ask(
            "activity",
            "temporal",
            time={"field": "occurredOn", "bucket": "day"},
            measures=["activity.clicks"],
            filters=[
                {"field": "course.category", "op": "eq", "value": "GGG"},
                {"field": "occurredOn", "op": "between", "value": ["2014-01-01", "2014-04-01"]},
            ],
        ),
        """SELECT a.occurred_on, sum(a.clicks)
           FROM activity a JOIN courses c ON c.id = a.course_id
           WHERE c.category = 'GGG' AND a.occurred_on >= DATE '2014-01-01'
             AND a.occurred_on < DATE '2014-04-01' GROUP BY 1 ORDER BY 1""",
        f"""SELECT {_LOCAL}, sum(a.clicks)
           FROM activity_event a
           JOIN courses_course c ON c.institution_id = a.institution_id AND c.id = a.course_id
           WHERE a.institution_id = %(institution)s AND c.category = 'GGG'
             AND a.occurred_at >= DATE '2014-01-01'::timestamp AT TIME ZONE %(zone)s
             AND a.occurred_at < DATE '2014-04-01'::timestamp AT TIME ZONE %(zone)s
           GROUP BY 1 ORDER BY 1""",
    ),
    Question(
        "enrollments, submissions and clicks by course",
        _ask(
            "courses",
            dimensions=["code"],
            measures=["enrollments.count", "submissions.count", "activity.clicks"],
            totals="grand",
        ),
        """SELECT c.code, e.n, coalesce(s.n, 0), coalesce(a.n, 0) FROM courses c
           LEFT JOIN (SELECT course_id, count(*) n FROM enrollments GROUP BY 1) e
             ON e.course_id = c.id
           LEFT JOIN (SELECT course_id, count(*) n FROM submissions GROUP BY 1) s
             ON s.course_id = c.id
           LEFT JOIN (SELECT course_id, sum(clicks) n FROM activity GROUP BY 1) a
             ON a.course_id = c.id ORDER BY 1""",
        """SELECT c.code, e.n, coalesce(s.n, 0), coalesce(a.n, 0) FROM courses_course c
           LEFT JOIN (SELECT course_id, count(*) n FROM enrollment_enrollment
                      WHERE institution_id = %(institution)s GROUP BY 1) e ON e.course_id = c.id
           LEFT JOIN (SELECT course_id, count(*) n FROM assessment_submission
                      WHERE institution_id = %(institution)s GROUP BY 1) s ON s.course_id = c.id
           LEFT JOIN (SELECT course_id, sum(clicks) n FROM activity_event
                      WHERE institution_id = %(institution)s GROUP BY 1) a ON a.course_id = c.id
           WHERE c.institution_id = %(institution)s ORDER BY 1""",
    ),
    Question(
        "the twenty busiest students",
        _ask(
            "activity",
            dimensions=["student.code", "student.name"],
            measures=["activity.clicks"],
            sort=[{"by": "activity.clicks", "dir": "desc"}],
            limit=20,
        ),
        """SELECT s.code, s.name, sum(a.clicks) AS clicks
           FROM activity a JOIN students s ON s.id = a.student_id
           GROUP BY 1, 2 ORDER BY clicks DESC, 1, 2 LIMIT 20""",
        """SELECT s.code, s.name, sum(a.clicks) AS clicks
           FROM activity_event a JOIN people_person s
             ON s.institution_id = a.institution_id AND s.id = a.student_id
           WHERE a.institution_id = %(institution)s
           GROUP BY 1, 2 ORDER BY clicks DESC, s.code COLLATE "C", s.name COLLATE "C" LIMIT 20""",
    ),
    Question(
        "median marks by age and outcome",
        _ask(
            "submissions",
            dimensions=["enrollment.attributes.ageBand", "enrollment.outcome"],
            measures=["submissions.medianScore", "submissions.graded"],
        ),
        """SELECT e."attributes.ageBand", e.outcome, median(s.score), count(s.score)
           FROM submissions s JOIN enrollments e ON e.id = s.enrollment_id
           GROUP BY 1, 2 ORDER BY 1, 2""",
        """SELECT e.attributes->>'ageBand', e.outcome,
             percentile_cont(0.5) WITHIN GROUP (ORDER BY s.score), count(s.score)
           FROM assessment_submission s JOIN enrollment_enrollment e
             ON e.institution_id = s.institution_id AND e.id = s.enrollment_id
           WHERE s.institution_id = %(institution)s GROUP BY 1, 2
           ORDER BY 1, 2""",
    ),
    Question(
        "students with more than two late submissions, by course",
        _ask(
            "enrollments",
            dimensions=["course.code"],
            measures=["enrollments.learners"],
            filters=[
                {
                    "metric": "submissions.count",
                    "filters": [{"field": "isLate", "op": "isTrue"}],
                    "op": "gt",
                    "value": 2,
                }
            ],
        ),
        """SELECT c.code, count(DISTINCT e.student_id) FROM enrollments e
           JOIN courses c ON c.id = e.course_id
           JOIN (SELECT enrollment_id FROM submissions WHERE is_late
                 GROUP BY 1 HAVING count(*) > 2) s ON s.enrollment_id = e.id
           GROUP BY 1 ORDER BY 1""",
        """SELECT c.code, count(DISTINCT e.student_id) FROM enrollment_enrollment e
           JOIN courses_course c ON c.institution_id = e.institution_id AND c.id = e.course_id
           JOIN (SELECT enrollment_id FROM assessment_submission
                 WHERE institution_id = %(institution)s AND is_late
                 GROUP BY 1 HAVING count(*) > 2) s ON s.enrollment_id = e.id
           WHERE e.institution_id = %(institution)s GROUP BY 1 ORDER BY 1""",
    ),
)
