"""Quizzes over HTTP, for managers of their course: settings, attempts, accommodations."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.assessment.quizzes import selectors, services
from optilearn.assessment.quizzes.schemas.analysis import AnalysisQuery, QuizAnalysis
from optilearn.assessment.quizzes.schemas.attempts import (
    AnswerGradeIn,
    AttemptForStaff,
    AttemptsQuery,
    StudentAttempt,
)
from optilearn.assessment.quizzes.schemas.quizzes import (
    AccommodationIn,
    AccommodationOut,
    QuizIn,
    QuizOut,
)
from optilearn.assessment.quizzes.schemas.regrades import (
    QuizRegradeIn,
    QuizRegradeOut,
    QuizRegradeRow,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page

router = Router(tags=["Quizzes"], by_alias=True)
READ = refusals(400, 403, 404)
WRITE = refusals(400, 403, 404, 409)


@router.get(
    "/lessons/{int:lessonId}/quiz",
    response={200: Envelope[QuizOut], **READ},
    operation_id="getQuiz",
)
def quiz(request: HttpRequest, lessonId: int) -> HttpResponse:
    """The quiz of a lesson, for managers of the course."""
    return answer(selectors.quiz_for_staff(principal_of(request), lessonId))


@router.put(
    "/lessons/{int:lessonId}/quiz",
    response={200: Envelope[QuizOut], **WRITE},
    operation_id="putQuiz",
)
def put_quiz(request: HttpRequest, lessonId: int, wanted: QuizIn) -> HttpResponse:
    """Make the quiz of a lesson, or replace its settings and questions.

    Attempts that have begun keep their questions; their deadlines follow the new times.
    """
    principal = principal_of(request)
    services.put_quiz(
        principal=principal,
        lesson_id=lessonId,
        values=wanted.model_dump(exclude={"version"}),
        version=wanted.version,
    )
    return answer(selectors.quiz_for_staff(principal, lessonId))


@router.get(
    "/quizzes/{int:quizId}/attempts",
    response={200: Envelope[list[StudentAttempt]], **READ},
    operation_id="listAttempts",
)
def attempts(request: HttpRequest, quizId: int, query: Query[AttemptsQuery]) -> HttpResponse:
    """The attempts of a quiz, the newest first; `SUBMITTED` ones wait for a grader."""
    rows, total = selectors.attempts(principal_of(request), quizId, query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/quizzes/{int:quizId}/analysis",
    response={200: Envelope[QuizAnalysis], **READ},
    operation_id="analyzeQuiz",
)
def analysis(request: HttpRequest, quizId: int, query: Query[AnalysisQuery]) -> HttpResponse:
    """The difficulty of each question, and whether it tells better from weaker attempts apart."""
    return answer(selectors.item_analysis(principal_of(request), quizId, query))


@router.get(
    "/attempts/{int:attemptId}",
    response={200: Envelope[AttemptForStaff], **READ},
    operation_id="getAttempt",
)
def attempt(request: HttpRequest, attemptId: int) -> HttpResponse:
    """An attempt with key, marks and notes of focus, for managers of the course."""
    return answer(selectors.attempt_for_staff(principal_of(request), attemptId))


@router.put(
    "/attempts/{int:attemptId}/answers/{int:number}/grade",
    response={200: Envelope[AttemptForStaff], **WRITE},
    operation_id="gradeAnswer",
)
def grade_answer(
    request: HttpRequest, attemptId: int, number: int, grade: AnswerGradeIn
) -> HttpResponse:
    """Grade an answer by hand."""
    principal = principal_of(request)
    services.grade_answer(
        principal=principal,
        attempt_id=attemptId,
        number=number,
        points=grade.points,
        comment=grade.comment,
    )
    return answer(selectors.attempt_for_staff(principal, attemptId))


@router.get(
    "/courses/{int:courseId}/accommodations",
    response={200: Envelope[list[AccommodationOut]], **READ},
    operation_id="listAccommodations",
)
def accommodations(request: HttpRequest, courseId: int) -> HttpResponse:
    """The students of a course who have more time or attempts."""
    return answer(selectors.accommodations(principal_of(request), courseId))


@router.put(
    "/courses/{int:courseId}/accommodations/{int:studentId}",
    response={200: Envelope[list[AccommodationOut]], **READ},
    operation_id="setAccommodation",
)
def set_accommodation(
    request: HttpRequest, courseId: int, studentId: int, wanted: AccommodationIn
) -> HttpResponse:
    """Give a student more time or attempts; attempts being made end later at once."""
    principal = principal_of(request)
    services.set_accommodation(
        principal=principal, course_id=courseId, student_id=studentId, **wanted.model_dump()
    )
    return answer(selectors.accommodations(principal, courseId))


@router.delete(
    "/courses/{int:courseId}/accommodations/{int:studentId}",
    response={200: Envelope[Done], **READ},
    operation_id="removeAccommodation",
)
def remove_accommodation(request: HttpRequest, courseId: int, studentId: int) -> HttpResponse:
    """Take an accommodation back."""
    services.remove_accommodation(
        principal=principal_of(request), course_id=courseId, student_id=studentId
    )
    return answer({"done": True})


@router.post(
    "/quizzes/{int:quizId}/regrades",
    response={200: Envelope[QuizRegradeOut], **WRITE},
    operation_id="regradeQuiz",
)
def regrade(request: HttpRequest, quizId: int, wanted: QuizRegradeIn) -> HttpResponse:
    """Mark a question again after its key was changed: whose points change, and from what to what.

    The answer is a preview; sent again with its `token` as `applyToken`, it is carried out.
    """
    return answer(
        services.regrade(
            principal=principal_of(request),
            quiz_id=quizId,
            question_id=wanted.question_id,
            method=services.Method(wanted.method),
            apply_token=wanted.apply_token,
        )
    )


@router.get(
    "/quizzes/{int:quizId}/regrades",
    response={200: Envelope[list[QuizRegradeRow]], **READ},
    operation_id="listRegrades",
)
def regrades(request: HttpRequest, quizId: int, query: Query[PageQuery]) -> HttpResponse:
    """The questions of a quiz that were marked again, the newest first."""
    rows, total = selectors.regrades(principal_of(request), quizId, query)
    return answer_page(rows, total=total, query=query)
