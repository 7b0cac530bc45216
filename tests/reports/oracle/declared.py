"""The catalog's expressions and metrics, written a second time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

Get = Callable[[str], Any]
"""The value of a path, seen from a row."""


@dataclass(frozen=True)
class Fold:
    """One aggregate: over a field (none: the rows), of the rows for which ``where`` holds."""

    agg: str
    field: str = ""
    where: Callable[[Get], bool] | None = None


@dataclass(frozen=True)
class Rate:
    """One fold over another."""

    of: Fold
    among: Fold


def _share(of: Callable[[Get], bool], among: Callable[[Get], bool] | None = None) -> Rate:
    def both(get: Get) -> bool:
        return (among is None or among(get)) and of(get)

    return Rate(Fold("count", where=both), Fold("count", where=among))


def _score_percent(get: Get) -> float | None:
    score, maximum = get("score"), get("assignment.maxScore")
    return None if score is None or not maximum else float(score) * 100 / float(maximum)


def _days_to_grade(get: Get) -> int | None:
    graded: date | None = get("gradedOn")
    submitted: date | None = get("submittedOn")
    return None if graded is None or submitted is None else (graded - submitted).days


def _reaches_pass_mark(get: Get) -> bool:
    percent, mark = _score_percent(get), get("assignment.passMark")
    return percent is not None and percent >= (40 if mark is None else mark)


def _percent_of(points: str, maximum: str) -> Callable[[Get], float | None]:
    def percent(get: Get) -> float | None:
        value, most = get(points), get(maximum)
        return None if value is None or not most else float(value) * 100 / float(most)

    return percent


def _is_below_pass_mark(get: Get) -> bool:
    percent, mark = _percent_of("points", "assignment.maxScore")(get), get("assignment.passMark")
    return percent is not None and percent < (40 if mark is None else mark)


def _minutes(get: Get) -> float | None:
    start, end = get("startedAt"), get("submittedAt")
    return None if start is None or end is None else (end - start).total_seconds() / 60


def _in_graded_attempt(get: Get) -> bool:
    return bool(get("attempt.status") == "GRADED")


def _currency(get: Get) -> str | None:
    """Of a price; where the course names none, or has no price, there is none."""
    return None if get("course.listPrice") is None else get("course.currency") or None


EXPRESSIONS: Final[Mapping[str, Callable[[Get], Any]]] = {
    "courses.termCode": lambda get: get("term.code"),
    "submissions.scorePct": _score_percent,
    "submissions.daysToGrade": _days_to_grade,
    "grades.pointsPct": _percent_of("points", "assignment.maxScore"),
    "quizAttempts.pointsPct": _percent_of("points", "possible"),
    "quizAttempts.minutes": _minutes,
    "revenue.listPrice": lambda get: get("course.listPrice"),
    "revenue.currency": _currency,
}

METRICS: Final[Mapping[str, Fold | Rate]] = {
    "courses.count": Fold("count"),
    "courses.published": Fold("count", where=lambda get: get("status") == "PUBLISHED"),
    "lessons.count": Fold("count"),
    "students.count": Fold("count"),
    "staff.count": Fold("count"),
    "enrollments.count": Fold("count"),
    "enrollments.learners": Fold("countDistinct", "studentId"),
    "enrollments.completionRate": _share(lambda get: get("status") == "COMPLETED"),
    "enrollments.withdrawalRate": _share(lambda get: get("status") == "WITHDRAWN"),
    "enrollments.passRate": _share(
        lambda get: get("outcome") in ("PASS", "DISTINCTION"),
        lambda get: get("outcome") is not None,
    ),
    "enrollments.avgProgress": Fold("avg", "progressPct"),
    "lessonProgress.count": Fold("count"),
    "lessonProgress.completions": Fold("count", where=lambda get: get("status") == "COMPLETED"),
    "lessonProgress.completionRate": _share(lambda get: get("status") == "COMPLETED"),
    "lessonProgress.avgSeconds": Fold("avg", "secondsSpent"),
    "assignments.count": Fold("count"),
    "submissions.count": Fold("count"),
    "submissions.graded": Fold("count", "score"),
    "submissions.avgScore": Fold("avg", "score"),
    "submissions.medianScore": Fold("median", "score"),
    "submissions.lateRate": _share(lambda get: get("isLate") is True),
    "submissions.passRate": _share(_reaches_pass_mark, lambda get: get("score") is not None),
    "submissions.turnaroundDays": Fold("avg", "daysToGrade"),
    "grades.count": Fold("count"),
    "grades.avgPct": Fold("avg", "pointsPct", where=lambda get: get("isExcused") is False),
    "grades.excused": Fold("count", where=lambda get: get("isExcused") is True),
    "grades.belowPassRate": _share(
        _is_below_pass_mark,
        lambda get: get("points") is not None and get("isExcused") is False,
    ),
    "questions.count": Fold("count"),
    "quizAttempts.count": Fold("count"),
    "quizAttempts.passRate": _share(
        lambda get: get("hasPassed") is True, lambda get: get("hasPassed") is not None
    ),
    "quizAttempts.avgPct": Fold("avg", "pointsPct", where=lambda get: get("status") == "GRADED"),
    "quizAttempts.medianMinutes": Fold("median", "minutes"),
    "quizAnswers.count": Fold("count"),
    "quizAnswers.facility": Rate(
        Fold("sum", "share", where=_in_graded_attempt), Fold("count", where=_in_graded_attempt)
    ),
    "quizAnswers.blankRate": _share(lambda get: get("isAnswered") is False, _in_graded_attempt),
    "peerReviews.count": Fold("count"),
    "peerReviews.submittedRate": _share(lambda get: get("status") != "PENDING"),
    "peerReviews.flaggedRate": _share(
        lambda get: get("status") == "FLAGGED", lambda get: get("status") != "PENDING"
    ),
    "peerReviews.avgScore": Fold("avg", "score", where=lambda get: get("decision") != "EXCLUDED"),
    "attendance.count": Fold("count"),
    "attendance.presentRate": _share(lambda get: get("status") == "PRESENT"),
    "attendance.absentRate": _share(lambda get: get("status") == "ABSENT"),
    "certificates.issued": Fold("count"),
    "certificates.expired": Fold("count", where=lambda get: get("status") == "EXPIRED"),
    "certificates.revoked": Fold("count", where=lambda get: get("status") == "REVOKED"),
    "points.count": Fold("count"),
    "points.total": Fold("sum", "points"),
    "points.perStudent": Rate(Fold("sum", "points"), Fold("countDistinct", "studentId")),
    "activity.events": Fold("count"),
    "activity.clicks": Fold("sum", "clicks"),
    "revenue.listRevenue": Fold("sum", "listPrice"),
    "activity.activeLearners": Fold("countDistinct", "studentId"),
    "discussionPosts.count": Fold("count"),
    "discussionPosts.authors": Fold("countDistinct", "authorId"),
    "discussionPosts.hiddenRate": _share(lambda get: get("status") == "HIDDEN"),
    "compliance.count": Fold("count"),
    "compliance.overdue": Fold("count", where=lambda get: get("status") == "OVERDUE"),
    "compliance.complianceRate": _share(
        lambda get: get("status") == "MET", lambda get: get("status") != "WAIVED"
    ),
    "deliveries.count": Fold("count"),
    "deliveries.sentRate": _share(lambda get: get("status") == "SENT"),
    "deliveries.failedRate": _share(lambda get: get("status") == "FAILED"),
}
