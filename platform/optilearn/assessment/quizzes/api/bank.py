"""A course's question bank over HTTP."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.assessment.quizzes import selectors, services
from optilearn.assessment.quizzes.schemas.bank import (
    QuestionCategoryChange,
    QuestionCategoryIn,
    QuestionCategoryOut,
    QuestionChange,
    QuestionDeleted,
    QuestionIn,
    QuestionOut,
    QuestionQuery,
    QuestionRow,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import ChangeSchema, Done, Envelope, answer, refusals
from optilearn.core.http.pages import answer_page

router = Router(tags=["Quizzes"], by_alias=True)
READ = refusals(400, 403, 404)
WRITE = refusals(400, 403, 404, 409)


def _sent(change: ChangeSchema) -> dict[str, Any]:
    """The fields that were sent; content stays a model."""
    return {name: getattr(change, name) for name in change.model_fields_set}


@router.get(
    "/courses/{int:courseId}/question-categories",
    response={200: Envelope[list[QuestionCategoryOut]], **READ},
    operation_id="listQuestionCategories",
)
def categories(request: HttpRequest, courseId: int) -> HttpResponse:
    """The categories of a course's question bank."""
    return answer(selectors.categories(principal_of(request), courseId))


@router.post(
    "/courses/{int:courseId}/question-categories",
    response={201: Envelope[list[QuestionCategoryOut]], **READ},
    operation_id="addQuestionCategory",
)
def add_category(request: HttpRequest, courseId: int, category: QuestionCategoryIn) -> HttpResponse:
    """Add a category to a course's question bank."""
    principal = principal_of(request)
    services.add_category(
        principal=principal,
        course_id=courseId,
        name=category.name,
        parent_id=category.parent_id,
    )
    return answer(selectors.categories(principal, courseId), status=201)


@router.patch(
    "/question-categories/{int:categoryId}",
    response={200: Envelope[list[QuestionCategoryOut]], **READ},
    operation_id="updateQuestionCategory",
)
def update_category(
    request: HttpRequest, categoryId: int, wanted: QuestionCategoryChange
) -> HttpResponse:
    """Rename a category, or move it into another."""
    principal = principal_of(request)
    course_id = services.update_category(
        principal=principal, category_id=categoryId, values=_sent(wanted)
    )
    return answer(selectors.categories(principal, course_id))


@router.delete(
    "/question-categories/{int:categoryId}",
    response={200: Envelope[Done], **WRITE},
    operation_id="deleteQuestionCategory",
)
def delete_category(request: HttpRequest, categoryId: int) -> HttpResponse:
    """Delete a category without questions, and those below it; 409 for one that has some."""
    services.delete_category(principal=principal_of(request), category_id=categoryId)
    return answer({"done": True})


@router.get(
    "/courses/{int:courseId}/questions",
    response={200: Envelope[list[QuestionRow]], **READ},
    operation_id="listQuestions",
)
def questions(request: HttpRequest, courseId: int, query: Query[QuestionQuery]) -> HttpResponse:
    """The questions of a course's bank, by name."""
    rows, total = selectors.questions(principal_of(request), courseId, query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/courses/{int:courseId}/questions",
    response={201: Envelope[QuestionOut], **READ},
    operation_id="addQuestion",
)
def add_question(request: HttpRequest, courseId: int, question: QuestionIn) -> HttpResponse:
    """Add a question of one of nine types to a course's bank."""
    principal = principal_of(request)
    values = {name: getattr(question, name) for name in QuestionIn.model_fields}
    key = services.add_question(principal=principal, course_id=courseId, values=values)
    return answer(selectors.question(principal, key), status=201)


@router.get(
    "/questions/{int:questionId}",
    response={200: Envelope[QuestionOut], **READ},
    operation_id="getQuestion",
)
def question(request: HttpRequest, questionId: int) -> HttpResponse:
    """A question with its key."""
    return answer(selectors.question(principal_of(request), questionId))


@router.patch(
    "/questions/{int:questionId}",
    response={200: Envelope[QuestionOut], **WRITE},
    operation_id="updateQuestion",
)
def update_question(request: HttpRequest, questionId: int, wanted: QuestionChange) -> HttpResponse:
    """Change a question; attempts that have begun keep it as it was."""
    principal = principal_of(request)
    services.update_question(principal=principal, question_id=questionId, values=_sent(wanted))
    return answer(selectors.question(principal, questionId))


@router.delete(
    "/questions/{int:questionId}",
    response={200: Envelope[QuestionDeleted], **WRITE},
    operation_id="deleteQuestion",
)
def delete_question(request: HttpRequest, questionId: int) -> HttpResponse:
    """Delete a question; one that attempts have is archived. 409 while a quiz has it."""
    is_gone = services.delete_question(principal=principal_of(request), question_id=questionId)
    return answer({"isGone": is_gone})
