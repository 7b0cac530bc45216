"""Reads of a course's question bank."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from optilearn.assessment import policies as assessment_policies
from optilearn.assessment.models import Question, QuestionCategory, QuestionVersion
from optilearn.assessment.quizzes import policies
from optilearn.assessment.quizzes.schemas.bank import QuestionQuery
from optilearn.core.access.principal import Principal
from optilearn.core.text import words_of


def categories(principal: Principal, course_id: int) -> list[dict[str, Any]]:
    """Return the categories of a course's bank. Two queries. Raises ``AppError``."""
    assessment_policies.managed(principal, course_id)
    found = QuestionCategory.objects.filter(course_id=course_id).order_by("name", "id")
    return [dict(one) for one in found.values("id", "name", parentId=F("parent_id"))]


def questions(
    principal: Principal, course_id: int, query: QuestionQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of a course's questions, by name, and their number. Three queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    assessment_policies.managed(principal, course_id)
    found = Question.objects.filter(course_id=course_id, archived_at=None)
    if query.category_id is not None:
        found = found.filter(category_id=query.category_id)
    if query.kind is not None:
        found = found.filter(kind=query.kind)
    if query.tag:
        found = found.filter(tags__contains=[query.tag])
    for word in words_of(query.q):
        found = found.filter(name__icontains=word)
    page = found.order_by("name", "id")[query.window]
    return [_row(one) for one in page], found.count()


def question(principal: Principal, question_id: int) -> dict[str, Any]:
    """Return a question whole, with its key, for managers. Three queries. Raises ``AppError``."""
    found = policies.managed_question(principal, question_id)
    version = QuestionVersion.objects.get(question_id=question_id, number=found.version)
    return _row(found) | {
        "text": version.text,
        "content": version.content,
        "feedback": version.feedback,
    }


def _row(found: Question) -> dict[str, Any]:
    return {
        "id": found.pk,
        "name": found.name,
        "kind": found.kind,
        "categoryId": found.category_id,
        "tags": found.tags,
        "points": found.points,
        "version": found.version,
        "updatedAt": found.updated_at,
    }
