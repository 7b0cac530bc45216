"""Quizzes over HTTP: attempts frozen at their start, the server's clock, marks, grades."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Answer, Attempt, Grade, Quiz, Submission
from optilearn.assessment.quizzes import services
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.enrollment.models import LessonProgress
from tests.support.client import call, token_of
from tests.support.quizzes import CAPITAL, ESSAY, SUM, a_question, a_quiz
from tests.support.twins import Twin

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
RIGHT = {"MCQ": "1", "NUMERIC": "2", "ESSAY": "Because."}


class Class:
    """Tom's quiz in MATH, and who takes it."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.now = START

    @contextmanager
    def inside(self) -> Iterator[None]:
        with clock.frozen(self.now), tenant_context(self.twin.id):
            yield

    def quiz(self, *questions: dict[str, Any], **settings: Any) -> Quiz:
        with self.inside():
            self.made = a_quiz(self.twin, *questions, **settings)
        return self.made

    def ask(self, who: str, method: str, path: str, /, **body: Any) -> tuple[int, Any]:
        with clock.frozen(self.now):
            status, answer = call(
                method, f"/api/{path}", token=token_of(self.twin, who), body=body or None
            )[:2]
        return status, answer["data"] if status < 400 else answer["error"]

    def done(self, who: str, method: str, path: str, /, **body: Any) -> Any:
        status, data = self.ask(who, method, path, **body)
        assert status in {200, 201}, data
        return data

    def start(self, who: str = "lena", **body: Any) -> Any:
        body = body or {"accessCode": ""}
        return self.done(
            who, "POST", f"learning/lessons/{self.made.lesson_id}/quiz/attempts", **body
        )

    def save(self, attempt: Any, number: int, value: Any, sequence: int = 1) -> tuple[int, Any]:
        kind = attempt["questions"][number - 1]["kind"]
        path = f"learning/attempts/{attempt['id']}/answers/{number}"
        return self.ask("lena", "PUT", path, kind=kind, value=value, sequence=sequence)

    def answer_all(self, attempt: Any) -> Any:
        for question in attempt["questions"]:
            assert self.save(attempt, question["number"], RIGHT[question["kind"]])[0] == 200
        return self.submit(attempt)

    def submit(self, attempt: Any) -> Any:
        return self.done("lena", "POST", f"learning/attempts/{attempt['id']}/submit")

    def grade(self) -> Grade | None:
        with tenant_context(self.twin.id):
            return Grade.objects.filter(assignment_id=self.made.assignment_id).first()

    def graded(self) -> Grade:
        found = self.grade()
        assert found is not None
        return found

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def school(twins: tuple[Twin, Twin]) -> Class:
    return Class(twins[0])


def test_an_attempt_is_marked_and_becomes_the_grade(school: Class) -> None:
    school.quiz(points=50, passing_percent=60)
    attempt = school.start()
    assert "isRight" not in str(attempt)
    assert [one["possible"] for one in attempt["questions"]] == [1.0, 3.0]
    school.save(attempt, 2, "2")
    ended = school.submit(attempt)
    assert (ended["status"], ended["points"], ended["hasPassed"]) == ("GRADED", 3.0, True)
    assert ended["questions"][0]["key"]["options"] == ["1"]
    grade = school.grade()
    assert grade is not None
    assert (grade.points, grade.posted_at) == (Decimal("37.50"), START)
    with tenant_context(school.twin.id):
        assert Submission.objects.get(attempt_id=attempt["id"]).score == Decimal("37.50")
        progress = LessonProgress.objects.get(lesson_id=school.made.lesson_id)
    assert progress.status == "COMPLETED"
    assert school.submit(attempt) == ended
    book = school.done("lena", "GET", f"learning/courses/{school.made.course_id}/grades")
    marks = {one["assignmentId"]: one["points"] for one in book["marks"]}
    assert marks[school.made.assignment_id] == 37.5


def test_failing_does_not_complete_the_lesson(school: Class) -> None:
    school.quiz(passing_percent=80)
    attempt = school.start()
    school.save(attempt, 2, "2")
    assert school.submit(attempt)["hasPassed"] is False
    with tenant_context(school.twin.id):
        progress = LessonProgress.objects.get(lesson_id=school.made.lesson_id)
    assert progress.status == "STARTED"
    assert school.answer_all(school.start())["hasPassed"] is True
    with tenant_context(school.twin.id):
        progress.refresh_from_db()
    assert progress.status == "COMPLETED"


def test_answers_are_saved_once_and_in_their_order(school: Class) -> None:
    school.quiz()
    attempt = school.start()
    assert school.save(attempt, 1, "2", sequence=2)[1]["isSaved"] is True
    for again in ("2", "1"):
        status, saved = school.save(attempt, 1, again, sequence=2)
        assert (status, saved["isSaved"], saved["sequence"]) == (200, False, 2)
    assert school.save(attempt, 1, "1", sequence=1)[1]["isSaved"] is False
    resumed = school.start()
    assert (resumed["id"], resumed["questions"][0]["value"]) == (attempt["id"], "2")
    assert school.save(attempt, 1, None, sequence=3)[1]["isSaved"] is True
    assert school.start()["questions"][0]["value"] is None


def test_saving_takes_one_statement_of_the_product(school: Class) -> None:
    school.quiz()
    attempt = school.start()
    with CaptureQueriesContext(connection) as seen:
        assert school.save(attempt, 1, "1")[0] == 200
    assert sum("assessment_" in one["sql"] for one in seen) == 1


@pytest.mark.parametrize(
    ("number", "body", "status", "code"),
    [
        (1, {"kind": "MCQ", "value": 7}, 400, "VALIDATION_ERROR"),
        (1, {"kind": "ESSAY", "value": "words"}, 400, "VALIDATION_ERROR"),
        (9, {"kind": "MCQ", "value": "1"}, 404, "NOT_FOUND"),
        (1, {"kind": "MCQ", "value": "1", "sequence": 0}, 400, "VALIDATION_ERROR"),
        (1, {"kind": "HOTSPOT", "value": "a"}, 400, "VALIDATION_ERROR"),
    ],
)
def test_what_is_no_answer_is_refused(
    school: Class, number: int, body: Any, status: int, code: str
) -> None:
    school.quiz()
    attempt = school.start()
    path = f"learning/attempts/{attempt['id']}/answers/{number}"
    found, error = school.ask("lena", "PUT", path, **({"sequence": 1} | body))
    assert (found, error["code"]) == (status, code)


def test_the_servers_clock_ends_an_attempt(school: Class) -> None:
    school.quiz(time_limit_seconds=600)
    attempt = school.start()
    assert attempt["deadlineAt"] == "2026-03-01T09:10:00Z"
    school.save(attempt, 2, "2")
    school.wait(minutes=10, seconds=59)
    assert school.save(attempt, 1, "1")[0] == 200  # sent in time, arrived late
    school.wait(seconds=1)
    status, error = school.save(attempt, 1, "2", sequence=5)
    assert (status, error["code"], error["details"]) == (409, "CONFLICT", {"reason": "ENDED"})
    with school.inside():
        assert services.submit_due_attempts() == 1
        assert services.submit_due_attempts() == 0
    ended = school.done("lena", "GET", f"learning/attempts/{attempt['id']}")
    assert (ended["status"], ended["ended"], ended["points"]) == ("GRADED", "TIME", 4.0)
    assert ended["submittedAt"] == attempt["deadlineAt"]


def test_the_end_of_the_quiz_ends_an_attempt_too(school: Class) -> None:
    school.quiz(time_limit_seconds=3_600, closes_at=START + timedelta(minutes=30))
    assert school.start()["deadlineAt"] == "2026-03-01T09:30:00Z"
    school.wait(hours=1)
    status, error = school.ask(
        "मीरा", "POST", f"learning/lessons/{school.made.lesson_id}/quiz/attempts", accessCode=""
    )
    assert (status, error["code"], error["details"]["reason"]) == (403, "LESSON_LOCKED", "CLOSED")


def test_extra_time_stretches_the_limit_and_the_end_and_is_seen(school: Class) -> None:
    school.quiz(time_limit_seconds=600, closes_at=START + timedelta(minutes=10), max_attempts=1)
    lena = school.twin.people["lena"].pk
    path = f"courses/{school.made.course_id}/accommodations/{lena}"
    attempt = school.start()
    school.done("tom", "PUT", path, timeFactor=1.5, extraAttempts=1)
    assert school.start()["deadlineAt"] == "2026-03-01T09:15:00Z"  # while it is being made
    own = school.done("lena", "GET", f"learning/lessons/{school.made.lesson_id}/quiz")
    assert (own["timeLimitSeconds"], own["closesAt"]) == (900, "2026-03-01T09:15:00Z")
    assert own["accommodation"] == {"timeFactor": 1.5, "extraAttempts": 1}
    school.submit(attempt)
    assert school.start()["number"] == 2
    school.done("tom", "DELETE", path)
    assert school.start()["deadlineAt"] == "2026-03-01T09:10:00Z"


def test_attempts_are_limited_and_need_the_access_code(school: Class) -> None:
    school.quiz(max_attempts=1, access_code="owl")
    path = f"learning/lessons/{school.made.lesson_id}/quiz/attempts"
    status, error = school.ask("lena", "POST", path, accessCode="Owl")
    assert (status, error["details"]) == (403, {"reason": "ACCESS_CODE"})
    school.submit(school.start(accessCode=" owl "))
    status, error = school.ask("lena", "POST", path, accessCode="owl")
    assert (status, error["code"]) == (409, "ATTEMPT_LIMIT")


def test_a_changed_question_leaves_attempts_as_they_are(school: Class) -> None:
    school.quiz(CAPITAL)
    attempt = school.start()
    question = school.done("tom", "GET", f"courses/{school.made.course_id}/questions")[0]["id"]
    turned = {
        "kind": "MCQ",
        "options": [{"key": "a", "text": "Paris"}, {"key": "b", "text": "Lyon", "isRight": True}],
    }
    changed = school.done("tom", "PATCH", f"questions/{question}", content=turned)
    assert changed["version"] == 2
    assert school.answer_all(attempt)["points"] == 1.0
    assert school.answer_all(school.start())["points"] == 0.0
    assert school.ask("tom", "DELETE", f"questions/{question}")[0] == 409
    quiz = {"version": 1, "slots": [], "passingPercent": 40}
    school.done("tom", "PUT", f"lessons/{school.made.lesson_id}/quiz", **quiz)
    assert school.done("tom", "DELETE", f"questions/{question}") == {"isGone": False}


@pytest.mark.parametrize(
    ("scoring", "points"), [("BEST", 75), ("LAST", 0), ("FIRST", 25), ("AVERAGE", "33.33")]
)
def test_the_score_of_several_attempts(school: Class, scoring: str, points: Any) -> None:
    school.quiz(scoring=scoring)
    for number, value in ((1, "1"), (2, "2"), (1, "2")):
        attempt = school.start()
        school.save(attempt, number, value)
        school.submit(attempt)
    grade = school.grade()
    assert grade is not None
    assert grade.points == Decimal(points)


def test_an_essay_waits_for_its_grader(school: Class) -> None:
    school.quiz(CAPITAL, ESSAY)
    ended = school.answer_all(school.start())
    assert (ended["status"], ended["hasPassed"]) == ("SUBMITTED", None)
    assert school.grade() is None
    waiting = school.done("tom", "GET", f"quizzes/{school.made.pk}/attempts?status=SUBMITTED")
    assert [one["student"]["code"] for one in waiting] == ["lena"]
    path = f"attempts/{ended['id']}/answers/2/grade"
    assert school.ask("tom", "PUT", path, points=5)[0] == 400
    graded = school.done("tom", "PUT", path, points=3, comment="Nearly.")
    assert (graded["status"], graded["points"]) == ("GRADED", 4.0)
    assert school.graded().points == Decimal("80.00")
    seen = school.done("lena", "GET", f"learning/attempts/{ended['id']}")
    assert (seen["questions"][1]["comment"], seen["questions"][1]["points"]) == ("Nearly.", 3.0)


@pytest.mark.parametrize(
    ("when", "first", "second", "after_close"),
    [
        ("AFTER_ATTEMPT", True, True, True),
        ("AFTER_PASSING", False, True, True),
        ("AFTER_CLOSE", False, False, True),
        ("NEVER", False, False, False),
    ],
)
def test_students_see_marks_and_answers_when_the_quiz_says(
    school: Class, when: str, *, first: bool, second: bool, after_close: bool
) -> None:
    school.quiz(
        show_answers=when, show_marks=when, show_feedback=when, closes_at=START + timedelta(days=1)
    )
    attempt = school.start()
    assert attempt["questions"][0]["key"] is None
    school.submit(attempt)

    def is_seen() -> bool:
        found = school.done("lena", "GET", f"learning/attempts/{attempt['id']}")
        parts = {found["points"] is not None, found["questions"][0]["key"] is not None}
        assert len(parts) == 1
        return parts.pop()

    assert is_seen() is first
    school.answer_all(school.start())
    assert is_seen() is second
    school.wait(days=2)
    assert is_seen() is after_close
    assert (school.graded().posted_at is not None) is (when in {"AFTER_ATTEMPT", "AFTER_PASSING"})


def test_questions_are_drawn_without_repeating_one(school: Class) -> None:
    with school.inside():
        for number in range(6):
            a_question(school.twin, CAPITAL | {"name": f"Q{number}", "tags": ["easy"]})
    school.quiz(SUM, shuffle_questions=True)
    slots = [{"draw": 4, "tags": ["easy"]}, {"draw": 7, "points": 2}]
    school.done("tom", "PUT", f"lessons/{school.made.lesson_id}/quiz", version=1, slots=slots)
    with school.inside():
        school.start()
        found = Answer.objects.values_list("version__question_id", flat=True)
        assert len(found) == len(set(found)) == 7
        possible = sorted(Answer.objects.values_list("possible", flat=True))
    assert possible == [1, 1, 1, 1, 2, 2, 2]


def test_focus_is_noted(school: Class) -> None:
    school.quiz()
    attempt = school.start()
    for is_away in (True, False):
        school.done("lena", "POST", f"learning/attempts/{attempt['id']}/focus", isAway=is_away)
    found = school.done("tom", "GET", f"attempts/{attempt['id']}")
    assert [one["isAway"] for one in found["focusChanges"]] == [True, False]


def test_the_second_of_two_who_edit_a_quiz_is_told(school: Class) -> None:
    school.quiz()
    path = f"lessons/{school.made.lesson_id}/quiz"
    status, error = school.ask("tom", "PUT", path, version=0)
    assert (status, error["code"], error["details"]) == (409, "CONFLICT", {"version": 1})


def test_a_teachers_own_grade_stays(school: Class) -> None:
    school.quiz()
    school.answer_all(school.start())
    path = f"assignments/{school.made.assignment_id}/grades/{school.twin.enrollments[0].pk}"
    school.done("tom", "PUT", path, points=55, version=1)
    school.answer_all(school.start())
    assert school.graded().points == Decimal(55)


def test_html_of_questions_is_made_harmless(school: Class) -> None:
    given = CAPITAL | {
        "text": "<p onclick='x()'>Hello<script>alert(1)</script></p>",
        "feedback": "<img src=x onerror=alert(1)>",
    }
    content = {
        "kind": "MCQ",
        "options": [
            {"key": "a", "text": "<b>A</b><script>1</script>", "isRight": True},
            {"key": "b", "text": "2 < 3"},
        ],
    }
    path = f"courses/{school.twin.courses['MATH'].pk}/questions"
    made = school.done("tom", "POST", path, **given | {"content": content})
    assert "script" not in str(made)
    assert "onclick" not in str(made)
    assert "onerror" not in str(made)
    assert made["content"]["options"][0]["text"] == "<b>A</b>"


def test_two_tabs_that_start_at_once_have_one_attempt(school: Class) -> None:
    school.quiz()
    first, second = school.start(), school.start()
    assert first["id"] == second["id"]
    with school.inside():
        assert Attempt.objects.count() == 1
