"""Item analysis: the difficulty of a quiz's questions, and whether they tell students apart."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from optilearn.assessment.models import Attempt, Question, Quiz
from optilearn.assessment.quizzes import policies
from optilearn.assessment.quizzes.questions.statistics import (
    Answers,
    QuestionStatistics,
    QuizStatistics,
    statistics,
)
from optilearn.assessment.quizzes.schemas.analysis import AnalysisQuery
from optilearn.core.access.principal import Principal
from optilearn.core.sql import Row, compose, quoted, rows

_CHOSEN: Final = compose(
    """
    SELECT t.id, t.status = <graded> AS is_graded FROM (
        SELECT t.id, t.status,
               row_number() OVER (PARTITION BY t.enrollment_id ORDER BY t.number) AS first,
               row_number() OVER (PARTITION BY t.enrollment_id ORDER BY t.number DESC) AS last,
               row_number() OVER (PARTITION BY t.enrollment_id
                                  ORDER BY t.points DESC NULLS LAST, t.number) AS best
          FROM assessment_attempt t
         WHERE t.quiz_id = %(quiz)s AND t.status <> <open>) AS t
     WHERE 1 = CASE %(attempts)s WHEN <first> THEN t.first WHEN <last> THEN t.last
                                 WHEN <best> THEN t.best ELSE 1 END
    """,
    open=quoted(Attempt.Status.IN_PROGRESS),
    graded=quoted(Attempt.Status.GRADED),
    first=quoted(Quiz.Scoring.FIRST),
    last=quoted(Quiz.Scoring.LAST),
    best=quoted(Quiz.Scoring.BEST),
)
_ANSWERS: Final = """
    SELECT a.question_id,
           count(*) FILTER (WHERE a.value IS NULL AND coalesce(a.points, 0) <= 0) AS blank,
           array_agg(a.attempt_id) AS attempts,
           array_agg((100 * coalesce(a.points, 0))::int) AS marks,
           array_agg((100 * a.possible)::int) AS possible
      FROM assessment_answer a
     WHERE a.attempt_id = ANY (%(attempts)s::bigint[])
     GROUP BY a.question_id
"""


def item_analysis(principal: Principal, quiz_id: int, query: AnalysisQuery) -> dict[str, Any]:
    """Return the item analysis of a quiz, of the attempts that are graded. Five queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.managed_quiz(principal, quiz_id)
    chosen = rows(_CHOSEN, {"quiz": quiz_id, "attempts": query.attempts})
    graded = [one["id"] for one in chosen if one["is_graded"]]
    found = rows(_ANSWERS, {"attempts": graded})
    whole, questions = statistics([_answers(one) for one in found])
    names = Question.objects.in_bulk([one["question_id"] for one in found])
    items = [
        _item(one, names[one.question], counts)
        for one, counts in zip(questions, found, strict=True)
    ]
    return {
        "attempts": len(graded),
        "waiting": len(chosen) - len(graded),
        **_whole(whole),
        "questions": sorted(items, key=lambda one: (one["name"].casefold(), one["questionId"])),
    }


def _answers(found: Row) -> Answers:
    columns = (np.array(found[name], np.int64) for name in ("attempts", "marks", "possible"))
    return Answers(found["question_id"], *columns)


def _whole(found: QuizStatistics) -> dict[str, Any]:
    return {
        "meanPercent": _rounded(found.mean),
        "medianPercent": _rounded(found.median),
        "deviationPercent": _rounded(found.deviation),
        "alpha": _rounded(found.alpha, 4),
        "errorRatio": _percent(found.error_ratio),
        "standardError": _rounded(found.standard_error),
    }


def _item(found: QuestionStatistics, question: Question, counts: Row) -> dict[str, Any]:
    return {
        "questionId": question.pk,
        "name": question.name,
        "kind": question.kind,
        "possible": max(counts["possible"]) / 100,
        "attempts": len(counts["attempts"]),
        "blank": counts["blank"],
        "facility": _percent(found.facility),
        "deviation": _rounded(found.deviation),
        "discrimination": _percent(found.discrimination),
        "efficiency": _percent(found.efficiency),
    }


def _percent(value: float | None) -> float | None:
    return _rounded(None if value is None else 100 * value)


def _rounded(value: float | None, places: int = 2) -> float | None:
    return None if value is None else round(value, places)
