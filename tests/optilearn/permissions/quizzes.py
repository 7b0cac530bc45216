"""Who writes questions and quizzes, who takes them, who sees attempts."""

from __future__ import annotations

from typing import Any, Final

from optilearn.assessment.models import Accommodation, Attempt, QuestionCategory, Quiz
from optilearn.assessment.quizzes import services
from tests.optilearn.permissions.enrollment import TOMS, math
from tests.support.permissions import Rule
from tests.support.quizzes import CAPITAL, a_question, a_quiz, newest_question
from tests.support.twins import Twin

NOT_IN_IT: Final = {"sven": 403}


def category(twin: Twin) -> None:
    QuestionCategory.objects.create(course=twin.courses["MATH"], name="Fractions")


def a_category(_: Twin) -> dict[str, int]:
    return {"categoryId": QuestionCategory.objects.latest("id").pk}


def question(twin: Twin) -> None:
    a_question(twin, CAPITAL)


def the_question(_: Twin) -> dict[str, int]:
    return {"questionId": newest_question()}


def quiz(twin: Twin) -> None:
    a_quiz(twin)


def its_lesson(_: Twin) -> dict[str, int]:
    return {"lessonId": Quiz.objects.latest("id").lesson_id}


def the_quiz(_: Twin) -> dict[str, int]:
    return {"quizId": Quiz.objects.latest("id").pk}


def begun(twin: Twin) -> None:
    made = a_quiz(twin)
    services.start_attempt(
        principal=twin.principal("lena"), lesson_id=made.lesson_id, access_code=""
    )


def ended(twin: Twin) -> None:
    begun(twin)
    services.submit_attempt(
        principal=twin.principal("lena"), attempt_id=Attempt.objects.latest("id").pk
    )


def hers(_: Twin) -> dict[str, int]:
    return {"attemptId": Attempt.objects.latest("id").pk}


def her_answer(_: Twin) -> dict[str, int]:
    return {"attemptId": Attempt.objects.latest("id").pk, "number": 1}


def of_lena(twin: Twin) -> dict[str, int]:
    return math(twin) | {"studentId": twin.people["lena"].pk}


def given(twin: Twin) -> None:
    Accommodation.objects.create(
        student=twin.people["lena"], course=twin.courses["MATH"], time_factor=2
    )


def with_her_question(_: Twin) -> dict[str, Any]:
    return {"version": 1, "slots": [{"questionId": newest_question()}]}


def under_another(_: Twin) -> dict[str, Any]:
    return {"name": "Halves", "parentId": QuestionCategory.objects.latest("id").pk}


def in_category(_: Twin) -> dict[str, Any]:
    return CAPITAL | {"categoryId": QuestionCategory.objects.latest("id").pk}


def moved(_: Twin) -> dict[str, Any]:
    return {"categoryId": QuestionCategory.objects.latest("id").pk}


def both(twin: Twin) -> None:
    category(twin)
    question(twin)


def again(_: Twin) -> dict[str, Any]:
    return {"questionId": newest_question(), "method": "EITHER"}


BANK: Final = "/api/courses/{courseId}/question-categories"
RULES: Final = [
    Rule("GET", BANK, TOMS, params=math),
    Rule("POST", BANK, TOMS, params=math, body=under_another, setup=category),
    Rule(
        "PATCH",
        "/api/question-categories/{categoryId}",
        TOMS,
        params=a_category,
        body=lambda _: {"name": "Halves"},
        setup=category,
    ),
    Rule(
        "DELETE",
        "/api/question-categories/{categoryId}",
        TOMS,
        params=a_category,
        setup=category,
    ),
    Rule("GET", "/api/courses/{courseId}/questions", TOMS, params=math),
    Rule(
        "POST",
        "/api/courses/{courseId}/questions",
        TOMS,
        params=math,
        body=in_category,
        setup=category,
    ),
    Rule("GET", "/api/questions/{questionId}", TOMS, params=the_question, setup=question),
    Rule("PATCH", "/api/questions/{questionId}", TOMS, params=the_question, body=moved, setup=both),
    Rule("DELETE", "/api/questions/{questionId}", TOMS, params=the_question, setup=question),
    Rule("GET", "/api/lessons/{lessonId}/quiz", TOMS, params=its_lesson, setup=quiz),
    Rule(
        "PUT",
        "/api/lessons/{lessonId}/quiz",
        TOMS,
        params=its_lesson,
        body=with_her_question,
        setup=quiz,
    ),
    Rule("GET", "/api/quizzes/{quizId}/attempts", TOMS, params=the_quiz, setup=quiz),
    Rule("GET", "/api/quizzes/{quizId}/analysis", TOMS, params=the_quiz, setup=ended),
    Rule("GET", "/api/quizzes/{quizId}/regrades", TOMS, params=the_quiz, setup=quiz),
    Rule(
        "POST",
        "/api/quizzes/{quizId}/regrades",
        TOMS,
        params=the_quiz,
        body=again,
        setup=ended,
    ),
    Rule("GET", "/api/attempts/{attemptId}", TOMS, params=hers, setup=ended),
    Rule(
        "PUT",
        "/api/attempts/{attemptId}/answers/{number}/grade",
        TOMS,
        params=her_answer,
        body=lambda _: {"points": 1},
        setup=ended,
    ),
    Rule("GET", "/api/courses/{courseId}/accommodations", TOMS, params=math, setup=given),
    Rule(
        "PUT",
        "/api/courses/{courseId}/accommodations/{studentId}",
        TOMS,
        params=of_lena,
        body=lambda _: {"timeFactor": 1.5},
    ),
    Rule(
        "DELETE",
        "/api/courses/{courseId}/accommodations/{studentId}",
        TOMS,
        params=of_lena,
        setup=given,
    ),
    Rule(
        "GET",
        "/api/learning/lessons/{lessonId}/quiz",
        "lena मीरा",
        params=its_lesson,
        setup=quiz,
        denied_as=NOT_IN_IT,
    ),
    Rule(
        "POST",
        "/api/learning/lessons/{lessonId}/quiz/attempts",
        "lena मीरा",
        params=its_lesson,
        body=lambda _: {},
        setup=quiz,
        denied_as=NOT_IN_IT,
    ),
    Rule(
        "GET",
        "/api/learning/attempts/{attemptId}",
        "lena",
        params=hers,
        setup=begun,
        denied=404,
    ),
    Rule(
        "PUT",
        "/api/learning/attempts/{attemptId}/answers/{number}",
        "lena",
        params=her_answer,
        body=lambda _: {"kind": "MCQ", "value": "1", "sequence": 1},
        setup=begun,
        denied=404,
    ),
    Rule(
        "POST",
        "/api/learning/attempts/{attemptId}/submit",
        "lena",
        params=hers,
        setup=begun,
        denied=404,
    ),
    Rule(
        "POST",
        "/api/learning/attempts/{attemptId}/focus",
        "lena",
        params=hers,
        body=lambda _: {"isAway": True},
        setup=begun,
        denied=404,
    ),
]
