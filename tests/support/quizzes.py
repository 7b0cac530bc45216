"""Quizzes for tests, made through the API's own services."""

from __future__ import annotations

from typing import Any, Final

from optilearn.assessment.models import Question, Quiz
from optilearn.assessment.quizzes import services
from optilearn.assessment.quizzes.schemas.bank import QuestionIn
from optilearn.assessment.quizzes.schemas.quizzes import QuizIn
from optilearn.courses.models import Lesson, Module
from tests.support.twins import Twin

CAPITAL: Final = {
    "name": "Capital",
    "text": "<p>The capital of France?</p>",
    "content": {
        "kind": "MCQ",
        "options": [
            {"key": "a", "text": "Paris", "isRight": True, "feedback": "Indeed."},
            {"key": "b", "text": "Lyon"},
        ],
    },
}
SUM: Final = {
    "name": "Sum",
    "text": "<p>1 + 1</p>",
    "content": {"kind": "NUMERIC", "answers": [{"value": "2"}]},
    "points": 3,
}
ESSAY: Final = {
    "name": "Essay",
    "text": "<p>Why?</p>",
    "content": {"kind": "ESSAY"},
    "points": 4,
}


def a_question(twin: Twin, given: dict[str, Any], course: str = "MATH") -> int:
    """Add a question to a course's bank, as Tom; its id."""
    read = QuestionIn.model_validate(given)
    values = {name: getattr(read, name) for name in QuestionIn.model_fields}
    return services.add_question(
        principal=twin.principal("tom"), course_id=twin.courses[course].pk, values=values
    )


def a_quiz(twin: Twin, *questions: dict[str, Any], **settings: Any) -> Quiz:
    """Make a quiz in MATH of these questions, as Tom."""
    course = twin.courses["MATH"]
    module = Module.objects.filter(course=course).earliest("id")
    lesson = Lesson.objects.create(
        course=course, module=module, title="Test", kind="QUIZ", position=9, completion="PASSED"
    )
    slots = [{"questionId": a_question(twin, one)} for one in questions or (CAPITAL, SUM)]
    wanted = QuizIn.model_validate({"version": 0, "slots": slots} | settings)
    services.put_quiz(
        principal=twin.principal("tom"),
        lesson_id=lesson.pk,
        values=wanted.model_dump(exclude={"version"}),
        version=0,
    )
    return Quiz.objects.get(lesson=lesson)


def newest_question() -> int:
    """The id of the question that was added last."""
    return Question.objects.latest("id").pk
