"""The statistics of questions and of their test, as Moodle defines them.

Definitions: docs/quizzes.md#item-analysis. Marks are whole hundredths of a point, so sums are
exact, and what doesn't differ has a variance of exactly 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64] | NDArray[np.float64]

_LEAST_ATTEMPTS = 3
_LEAST_QUESTIONS = 2


@dataclass(frozen=True)
class Answers:
    """All answers to one question, in one order."""

    question: int
    attempts: NDArray[np.int64]
    """Ids."""
    marks: NDArray[np.int64]
    possible: NDArray[np.int64]


@dataclass(frozen=True)
class QuestionStatistics:
    """A question; None where marks don't differ, or are too few."""

    question: int
    facility: float | None
    """The mean share of its points that was earned."""
    deviation: float | None
    """The standard deviation of its marks, in points."""
    discrimination: float | None
    """The correlation of its marks with those of the rest of the test."""
    efficiency: float | None
    """Their covariance, as a share of the largest that the same marks allow."""


@dataclass(frozen=True)
class QuizStatistics:
    """A quiz, in percent of its points; None as of a question."""

    mean: float | None
    median: float | None
    deviation: float | None
    alpha: float | None
    """Cronbach's; None below three attempts or two questions, or if questions were drawn."""
    error_ratio: float | None
    """The share of the deviation that is chance."""
    standard_error: float | None


def statistics(answers: Sequence[Answers]) -> tuple[QuizStatistics, list[QuestionStatistics]]:
    """Return what marks say of a test and its questions. O(n log n) in the answers."""
    if not answers:
        return QuizStatistics(*[None] * 6), []
    attempts = np.concatenate([one.attempts for one in answers])
    marks = np.concatenate([one.marks for one in answers])
    possible = np.concatenate([one.possible for one in answers])
    _ids, places = np.unique(attempts, return_inverse=True)
    totals, possibles = np.zeros((2, len(_ids)), np.int64)
    np.add.at(totals, places, marks)
    np.add.at(possibles, places, possible)
    rests = np.split(totals[places] - marks, np.cumsum([len(one.marks) for one in answers])[:-1])
    questions = [_question(one, rest) for one, rest in zip(answers, rests, strict=True)]
    percents = 100 * totals[possibles > 0] / possibles[possibles > 0]
    deviation = _deviation(percents)
    alpha = _alpha(answers, totals)
    error = None if alpha is None else sqrt(max(0.0, 1 - alpha))  # 1 may come out just above
    whole = QuizStatistics(
        mean=float(percents.mean()) if len(percents) else None,
        median=float(np.median(percents)) if len(percents) else None,
        deviation=deviation,
        alpha=alpha,
        error_ratio=error,
        standard_error=None if error is None or deviation is None else error * deviation,
    )
    return whole, questions


def _question(answers: Answers, rest: NDArray[np.int64]) -> QuestionStatistics:
    marks, counts = answers.marks, answers.possible > 0
    deviation = _deviation(marks)
    differ = bool(deviation) and bool(_deviation(rest))
    largest = _covariance(np.sort(marks), np.sort(rest)) if differ else 0.0
    covariance = _covariance(marks, rest) if differ else 0.0
    return QuestionStatistics(
        question=answers.question,
        facility=float((marks[counts] / answers.possible[counts]).mean()) if any(counts) else None,
        deviation=None if deviation is None else deviation / 100,
        discrimination=covariance / sqrt(_variance(marks) * _variance(rest)) if differ else None,
        efficiency=covariance / largest if largest else None,
    )


def _alpha(answers: Sequence[Answers], totals: NDArray[np.int64]) -> float | None:
    count, attempts = len(answers), len(totals)
    if count < _LEAST_QUESTIONS or attempts < _LEAST_ATTEMPTS:
        return None
    if any(len(one.marks) != attempts for one in answers):
        return None
    variance = _variance(totals)
    if not variance:
        return None
    return count / (count - 1) * (1 - sum(_variance(one.marks) for one in answers) / variance)


def _variance(values: Numbers) -> float:
    return float(np.var(values, ddof=1))


def _deviation(values: Numbers) -> float | None:
    return sqrt(_variance(values)) if len(values) > 1 else None


def _covariance(first: Numbers, second: Numbers) -> float:
    return float(np.cov(first, second)[0, 1])
