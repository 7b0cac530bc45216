"""Reads of a quiz's regrades."""

from __future__ import annotations

from typing import Any

from optilearn.assessment.models import QuizRegrade
from optilearn.assessment.quizzes import policies
from optilearn.core.access.principal import Principal
from optilearn.core.http.pages import PageQuery


def regrades(
    principal: Principal, quiz_id: int, query: PageQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of a quiz's regrades, the newest first, and their number. Four queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.managed_quiz(principal, quiz_id)
    found = QuizRegrade.objects.filter(quiz_id=quiz_id)
    page = found.select_related("author", "version").order_by("-at", "-id")[query.window]
    return [_row(one) for one in page], found.count()


def _row(one: QuizRegrade) -> dict[str, Any]:
    author = one.author
    return {
        "id": one.pk,
        "at": one.at,
        "author": None if author is None else {"id": author.pk, "name": author.name},
        "questionId": one.question_id,
        "questionVersion": one.version.number,
        "method": one.method,
        "attempts": len(one.changes),
    }
