"""Every declared metric against a check query of its own, written over the raw tables."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from reports.catalog.product import product_catalog
from reports.contracts import SnapshotRef
from reports.requests import ReportRequest
from tests.reports.conftest import Ask
from tests.reports.small_world import ATTRIBUTES, World, write

pytestmark = pytest.mark.slow

CHECKS = {
    "courses.count": "SELECT count(*) FROM courses",
    "courses.published": "SELECT count(*) FROM courses WHERE status = 'PUBLISHED'",
    "lessons.count": "SELECT count(id) FROM lessons",
    "students.count": "SELECT count(DISTINCT id) FROM students",
    "staff.count": "SELECT count(*) FROM staff",
    "enrollments.count": "SELECT count(*) FROM enrollments",
    "enrollments.learners": "SELECT count(*) FROM (SELECT DISTINCT student_id FROM enrollments)",
    "enrollments.completionRate": """SELECT avg(CASE status WHEN 'COMPLETED' THEN 1.0 ELSE 0.0 END)
        FROM enrollments""",
    "enrollments.withdrawalRate": """SELECT avg(CASE status WHEN 'WITHDRAWN' THEN 1.0 ELSE 0.0 END)
        FROM enrollments""",
    "enrollments.passRate": """SELECT avg(CASE WHEN outcome = 'PASS' OR outcome = 'DISTINCTION'
        THEN 1.0 ELSE 0.0 END) FROM enrollments WHERE outcome IS NOT NULL""",
    "enrollments.avgProgress": """SELECT sum(progress_pct)::DOUBLE / count(progress_pct)
        FROM enrollments""",
    "lessonProgress.count": "SELECT count(*) FROM lesson_progress",
    "lessonProgress.completions": """SELECT count(*) FROM lesson_progress
        WHERE status = 'COMPLETED'""",
    "lessonProgress.completionRate": """SELECT sum((status = 'COMPLETED')::INT)::DOUBLE / count(*)
        FROM lesson_progress""",
    "lessonProgress.avgSeconds": """SELECT sum(seconds_spent)::DOUBLE / count(seconds_spent)
        FROM lesson_progress""",
    "assignments.count": "SELECT count(*) FROM assignments",
    "submissions.count": "SELECT count(*) FROM submissions",
    "submissions.graded": "SELECT count(*) FROM submissions WHERE score IS NOT NULL",
    "submissions.avgScore": "SELECT sum(score)::DOUBLE / count(score) FROM submissions",
    "submissions.medianScore": """SELECT avg(score::DOUBLE) FROM (
        SELECT score, row_number() OVER (ORDER BY score) AS place, count(*) OVER () AS n
        FROM submissions WHERE score IS NOT NULL)
        WHERE place IN ((n + 1) // 2, (n + 2) // 2)""",
    "submissions.lateRate": "SELECT sum(is_late::INT)::DOUBLE / count(*) FROM submissions",
    "submissions.passRate": """SELECT avg(CASE WHEN a.max_score > 0
          AND s.score * 100 >= coalesce(a.pass_mark, 40) * a.max_score THEN 1.0 ELSE 0.0 END)
        FROM submissions s LEFT JOIN assignments a ON a.id = s.assignment_id
        WHERE s.score IS NOT NULL""",
    "submissions.turnaroundDays": """SELECT avg(date_diff('day', submitted_on, graded_on))
        FROM submissions""",
    "grades.count": "SELECT count(*) FROM grades",
    "grades.avgPct": """SELECT avg(g.points::DOUBLE / a.max_score * 100)
        FROM grades g JOIN assignments a ON a.id = g.assignment_id
        WHERE a.max_score <> 0 AND NOT g.is_excused""",
    "grades.excused": "SELECT coalesce(sum(is_excused::INT), 0) FROM grades",
    "grades.belowPassRate": """SELECT avg(CASE WHEN a.max_score > 0
          AND g.points * 100 < coalesce(a.pass_mark, 40) * a.max_score THEN 1.0 ELSE 0.0 END)
        FROM grades g LEFT JOIN assignments a ON a.id = g.assignment_id
        WHERE g.points IS NOT NULL AND NOT g.is_excused""",
    "questions.count": "SELECT count(*) FROM questions",
    "quizAttempts.count": "SELECT count(*) FROM quiz_attempts",
    "quizAttempts.passRate": """SELECT avg(CASE WHEN has_passed THEN 1.0 ELSE 0.0 END)
        FROM quiz_attempts WHERE has_passed IS NOT NULL""",
    "quizAttempts.avgPct": """SELECT avg(points::DOUBLE / possible * 100) FROM quiz_attempts
        WHERE status = 'GRADED' AND possible <> 0""",
    "quizAttempts.medianMinutes": """SELECT avg(m) FROM (
        SELECT m, row_number() OVER (ORDER BY m) AS place, count(*) OVER () AS n
        FROM (SELECT date_diff('second', started_at, submitted_at) / 60 AS m FROM quiz_attempts
              WHERE submitted_at IS NOT NULL))
        WHERE place IN ((n + 1) // 2, (n + 2) // 2)""",
    "quizAnswers.count": "SELECT count(*) FROM quiz_answers",
    "quizAnswers.facility": """SELECT avg(coalesce(a.share::DOUBLE, 0)) FROM quiz_answers a
        JOIN quiz_attempts t ON t.id = a.attempt_id WHERE t.status = 'GRADED'""",
    "quizAnswers.blankRate": """SELECT avg(CASE WHEN a.is_answered THEN 0.0 ELSE 1.0 END)
        FROM quiz_answers a JOIN quiz_attempts t ON t.id = a.attempt_id
        WHERE t.status = 'GRADED'""",
    "peerReviews.count": "SELECT count(*) FROM peer_reviews",
    "peerReviews.submittedRate": """SELECT avg(CASE status WHEN 'PENDING' THEN 0.0 ELSE 1.0 END)
        FROM peer_reviews""",
    "peerReviews.flaggedRate": """SELECT sum((status = 'FLAGGED')::INT)::DOUBLE / count(*)
        FROM peer_reviews WHERE status <> 'PENDING'""",
    "peerReviews.avgScore": """SELECT sum(score)::DOUBLE / count(score) FROM peer_reviews
        WHERE decision <> 'EXCLUDED'""",
    "attendance.count": "SELECT count(*) FROM attendance",
    "attendance.presentRate": """SELECT avg(CASE status WHEN 'PRESENT' THEN 1.0 ELSE 0.0 END)
        FROM attendance""",
    "attendance.absentRate": """SELECT sum((status = 'ABSENT')::INT)::DOUBLE / count(*)
        FROM attendance""",
    "certificates.issued": "SELECT count(*) FROM certificates",
    "certificates.expired": "SELECT sum((status = 'EXPIRED')::INT) FROM certificates",
    "certificates.revoked": "SELECT sum((status = 'REVOKED')::INT) FROM certificates",
    "points.count": "SELECT count(*) FROM points",
    "points.total": "SELECT sum(points) FROM points",
    "points.perStudent": """SELECT avg(own) FROM
        (SELECT sum(points) AS own FROM points GROUP BY student_id)""",
    "activity.events": "SELECT count(*) FROM activity",
    "activity.clicks": "SELECT sum(clicks) FROM activity",
    "activity.activeLearners": "SELECT count(*) FROM (SELECT DISTINCT student_id FROM activity)",
    "discussionPosts.count": "SELECT count(*) FROM discussion_posts",
    "discussionPosts.authors": "SELECT count(*) FROM"
    " (SELECT DISTINCT author_id FROM discussion_posts)",
    "discussionPosts.hiddenRate": """SELECT avg(CASE status WHEN 'HIDDEN' THEN 1.0 ELSE 0.0 END)
        FROM discussion_posts""",
    "compliance.count": "SELECT count(*) FROM compliance",
    "compliance.overdue": "SELECT sum((status = 'OVERDUE')::INT) FROM compliance",
    "compliance.complianceRate": """SELECT sum((status = 'MET')::INT)::DOUBLE / count(*)
        FROM compliance WHERE status IN ('PENDING', 'MET', 'OVERDUE')""",
    "deliveries.count": "SELECT count(*) FROM deliveries",
    "deliveries.sentRate": """SELECT avg(CASE status WHEN 'SENT' THEN 1.0 ELSE 0.0 END)
        FROM deliveries""",
    "deliveries.failedRate": """SELECT sum((status = 'FAILED')::INT)::DOUBLE / count(*)
        FROM deliveries""",
    "revenue.listRevenue": """SELECT coalesce(sum(c.list_price), 0)
        FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id""",
}


def test_every_metric_has_a_check_query() -> None:
    declared = {f"{e.key}.{m.name}" for e in product_catalog().entities for m in e.metrics}
    assert declared == set(CHECKS)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[SnapshotRef]:
    folder = tmp_path_factory.mktemp("worlds")
    return [write(folder / f"{seed}.duckdb", World(seed).tables) for seed in (1, 2, 3)]


@pytest.mark.parametrize("metric", sorted(CHECKS))
def test_a_metric_is_what_its_check_query_finds(
    metric: str, ask: Ask, worlds: list[SnapshotRef]
) -> None:
    from reports.contracts import Scope, ScopeKind
    from reports.engine.engine import Engine

    assert ATTRIBUTES
    engine = Engine()
    entity = metric.split(".", maxsplit=1)[0]
    definition = {"version": 1, "entity": entity, "mode": "categorical", "measures": [metric]}
    for ref in worlds:
        found = engine.run(ReportRequest(definition, Scope(1, ScopeKind.INSTITUTION), ref)).rows[0][
            0
        ]
        copy = Path(ref.path).with_suffix(".check")
        copy.write_bytes(Path(ref.path).read_bytes())
        with duckdb.connect(str(copy), read_only=True) as connection:
            row = connection.execute(CHECKS[metric]).fetchone()
        expected = row[0] if row else None
        number = float(found) if isinstance(found, Decimal) else found
        assert number == (None if expected is None else pytest.approx(float(expected)))
    engine.close()
