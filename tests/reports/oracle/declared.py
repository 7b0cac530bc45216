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


def _currency(get: Get) -> str | None:
    """Of a price; where the course names none, or has no price, there is none."""
    return None if get("course.listPrice") is None else get("course.currency") or None


EXPRESSIONS: Final[Mapping[str, Callable[[Get], Any]]] = {
    "courses.termCode": lambda get: get("term.code"),
    "submissions.scorePct": _score_percent,
    "submissions.daysToGrade": _days_to_grade,
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
    "activity.events": Fold("count"),
    "activity.clicks": Fold("sum", "clicks"),
    "revenue.listRevenue": Fold("sum", "listPrice"),
    "activity.activeLearners": Fold("countDistinct", "studentId"),
    "deliveries.count": Fold("count"),
    "deliveries.sentRate": _share(lambda get: get("status") == "SENT"),
    "deliveries.failedRate": _share(lambda get: get("status") == "FAILED"),
}
