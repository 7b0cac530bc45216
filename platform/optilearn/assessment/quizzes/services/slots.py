"""The questions of a quiz, fixed and drawn, checked before they are saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from optilearn.assessment.models import Question, QuestionCategory
from optilearn.assessment.quizzes.services.drawing import drawable
from optilearn.core.errors import AppError, ErrorCode


def check_slots(course_id: int, slots: Sequence[Mapping[str, Any]]) -> None:
    """Check that a course has the questions and categories of a quiz, and enough to draw from.

    Two queries, and one for each slot that draws. Raises ``AppError`` VALIDATION_ERROR with the
    place.
    """
    wanted = [slot["question_id"] for slot in slots if slot["question_id"] is not None]
    there = set(
        Question.objects.filter(pk__in=wanted, course_id=course_id, archived_at=None).values_list(
            "id", flat=True
        )
    )
    categories = set(
        QuestionCategory.objects.filter(course_id=course_id).values_list("id", flat=True)
    )
    for number, slot in enumerate(slots):
        place = f"/slots/{number}"
        if slot["question_id"] is not None and slot["question_id"] not in there:
            raise AppError(
                ErrorCode.VALIDATION_ERROR,
                _("The course has no such question."),
                [{"path": f"{place}/questionId"}],
            )
        if slot["category_id"] is not None and slot["category_id"] not in categories:
            raise AppError(
                ErrorCode.VALIDATION_ERROR,
                _("The course has no such category."),
                [{"path": f"{place}/categoryId"}],
            )
    if len(wanted) != len(set(wanted)):
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("A question can be in a quiz once."),
            [{"path": "/slots"}],
        )
    for number, slot in enumerate(slots):
        if slot["draw"] is not None:
            _check_draw(course_id, slot, f"/slots/{number}/draw")


def _check_draw(course_id: int, slot: Mapping[str, Any], path: str) -> None:
    there = drawable(course_id, slot["category_id"], slot["tags"]).count()
    if there < slot["draw"]:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Only %(there)d questions can be drawn here.") % {"there": there},
            [{"path": path, "code": "TOO_FEW_QUESTIONS"}],
        )
