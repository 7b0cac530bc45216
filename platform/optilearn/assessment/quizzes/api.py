"""Quizzes over HTTP: the bank, quizzes, attempts, accommodations."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.assessment.quizzes import selectors, services
from optilearn.assessment.quizzes.schemas.attempts import (
    AnswerGradeIn,
    AnswerIn,
    AttemptForStaff,
    AttemptIn,
    AttemptOut,
    AttemptsQuery,
    FocusIn,
    SavedAnswer,
    StudentAttempt,
)
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
from optilearn.assessment.quizzes.schemas.quizzes import (
    AccommodationIn,
    AccommodationOut,
    OwnQuiz,
    QuizIn,
    QuizOut,
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


@router.get(
    "/learning/lessons/{int:lessonId}/quiz",
    response={200: Envelope[OwnQuiz], **READ, **refusals(402)},
    operation_id="getOwnQuiz",
)
def own_quiz(request: HttpRequest, lessonId: int) -> HttpResponse:
    """A quiz as its student sees it, with all attempts so far and what is allowed."""
    return answer(selectors.own_quiz(principal_of(request), lessonId))


@router.post(
    "/learning/lessons/{int:lessonId}/quiz/attempts",
    response={201: Envelope[AttemptOut], **WRITE, **refusals(402)},
    operation_id="startAttempt",
)
def start_attempt(request: HttpRequest, lessonId: int, wanted: AttemptIn) -> HttpResponse:
    """Start an attempt, or go on with the open one.

    409 `ATTEMPT_LIMIT`; 403 `LESSON_LOCKED` outside the quiz's times, 403 `FORBIDDEN` with
    `details {reason: "ACCESS_CODE"}`.
    """
    principal = principal_of(request)
    key = services.start_attempt(
        principal=principal, lesson_id=lessonId, access_code=wanted.access_code
    )
    return answer(selectors.own_attempt(principal, key), status=201)


@router.get(
    "/learning/attempts/{int:attemptId}",
    response={200: Envelope[AttemptOut], **READ},
    operation_id="getOwnAttempt",
)
def own_attempt(request: HttpRequest, attemptId: int) -> HttpResponse:
    """The caller's attempt: to go on with, or to look at when it has ended."""
    return answer(selectors.own_attempt(principal_of(request), attemptId))


@router.put(
    "/learning/attempts/{int:attemptId}/answers/{int:number}",
    response={200: Envelope[SavedAnswer], **WRITE},
    operation_id="saveAnswer",
)
def save_answer(request: HttpRequest, attemptId: int, number: int, given: AnswerIn) -> HttpResponse:
    """Save an answer; safe to repeat, in any order. Only the last submission of each counts.

    409 with `details {reason: "ENDED"}` a minute after the deadline, or when it was submitted.
    """
    saved = services.save_answer(
        principal=principal_of(request),
        attempt_id=attemptId,
        number=number,
        kind=given.kind,
        value=given.value,
        sequence=given.sequence,
    )
    return answer(
        {
            "number": saved["number"],
            "sequence": saved["sequence"],
            "savedAt": saved["saved_at"],
            "value": saved["value"],
            "isSaved": saved["is_saved"],
        }
    )


@router.post(
    "/learning/attempts/{int:attemptId}/submit",
    response={200: Envelope[AttemptOut], **READ},
    operation_id="submitAttempt",
)
def submit_attempt(request: HttpRequest, attemptId: int) -> HttpResponse:
    """Submit an attempt; doing it again changes nothing."""
    principal = principal_of(request)
    services.submit_attempt(principal=principal, attempt_id=attemptId)
    return answer(selectors.own_attempt(principal, attemptId))


@router.post(
    "/learning/attempts/{int:attemptId}/focus",
    response={200: Envelope[Done], **READ},
    operation_id="noteFocus",
)
def note_focus(request: HttpRequest, attemptId: int, focus: FocusIn) -> HttpResponse:
    """Note that the student left the window of the attempt, or came back."""
    services.note_focus(
        principal=principal_of(request), attempt_id=attemptId, is_away=focus.is_away
    )
    return answer({"done": True})
