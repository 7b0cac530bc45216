"""Who imports and exports questions: managers of the course."""

from __future__ import annotations

from typing import Any, Final

from optilearn.assessment.models import QuestionCategory
from tests.optilearn.permissions.enrollment import TOMS, math
from tests.optilearn.permissions.quizzes import category, question
from tests.support.permissions import Rule
from tests.support.twins import Twin


def a_file(_: Twin) -> dict[str, Any]:
    return {
        "format": "gift",
        "text": "Sky is blue. {T}",
        "categoryId": QuestionCategory.objects.latest("id").pk,
    }


EXPORT: Final = "/api/courses/{courseId}/questions/export"
RULES: Final = [
    Rule(
        "POST",
        "/api/courses/{courseId}/question-imports",
        TOMS,
        params=math,
        body=a_file,
        setup=category,
    ),
    Rule("GET", EXPORT, TOMS, params=math, query="format=gift", setup=question),
    Rule("GET", f"{EXPORT}/report", TOMS, params=math, query="format=gift", setup=question),
]
