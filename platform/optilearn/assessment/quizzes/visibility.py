"""The parts of their attempts that students see, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from optilearn.assessment.models import Attempt, Quiz
from optilearn.core import clock


class Show(StrEnum):
    """The moment from which a student sees a part of an ended attempt."""

    AFTER_ATTEMPT = "AFTER_ATTEMPT"
    AFTER_PASSING = "AFTER_PASSING"
    AFTER_CLOSE = "AFTER_CLOSE"
    NEVER = "NEVER"


@dataclass(frozen=True)
class Seen:
    """The parts of an ended attempt that may be seen."""

    answers: bool = True
    marks: bool = True
    feedback: bool = True
    comments: bool = True
    """A grader's words, which tell the mark: they wait for the release of the grade."""


NOTHING: Final = Seen(answers=False, marks=False, feedback=False, comments=False)
"""While an attempt is being made."""
EVERYTHING: Final = Seen()
"""For managers of the course."""


def seen_by_student(
    quiz: Quiz,
    attempts: Iterable[Attempt],
    closes_at: datetime | None,
    *,
    is_hidden: bool,
) -> Seen:
    """Return what the student of these attempts sees now of those that have ended.

    ``closes_at`` is the end of the quiz for this student; ``is_hidden`` says that the grade isn't
    released, and so no mark of an attempt.
    """
    has_passed = any(one.has_passed for one in attempts)
    has_closed = closes_at is not None and closes_at <= clock.now()

    def is_seen(when: str) -> bool:
        return (
            when == Show.AFTER_ATTEMPT
            or (when == Show.AFTER_PASSING and has_passed)
            or (when == Show.AFTER_CLOSE and has_closed)
        )

    marks = is_seen(quiz.show_marks) and not is_hidden
    feedback = is_seen(quiz.show_feedback)
    return Seen(is_seen(quiz.show_answers), marks, feedback, comments=feedback and not is_hidden)
