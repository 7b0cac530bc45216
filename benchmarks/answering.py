"""A quiz of 60 questions answered by 500 students at once, submitted, and analyzed."""

from __future__ import annotations

import itertools
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from benchmarks.api.load import Caller, granian, rates, request
from benchmarks.api.school import SLUG, School, make_school
from benchmarks.report import Line, median_of
from benchmarks.world import World
from tests.support.services import redis_url

_STUDENTS: Final = 500
_QUESTIONS: Final = 60
_CONNECTIONS: Final = 32
_COPIES: Final = 4
"""Attempts of each student that item analysis looks at: 500 x 60 x 4 answers, and some more."""
_ENROLL: Final = """
INSERT INTO enrollment_enrollment (institution_id, student_id, course_id, status, source,
    enrolled_at, last_activity_at, progress_pct, attributes)
SELECT %(i)s, p.id, %(c)s, 'ACTIVE', 'MANUAL', now() - interval '30 days', now(), 0, '{}'
  FROM people_person p
 WHERE p.institution_id = %(i)s AND p.kind = 'STUDENT'
   AND NOT EXISTS (SELECT FROM enrollment_enrollment e WHERE e.institution_id = %(i)s
                      AND e.student_id = p.id AND e.course_id = %(c)s)
 ORDER BY p.id LIMIT 500
"""


def measure(world: World) -> Iterator[Line]:
    school = make_school(world)
    with world.superuser() as admin:
        given = {"i": school.institution_id, "c": school.course_id}
        admin.execute(_ENROLL, given)
        admin.execute("VACUUM (ANALYZE) enrollment_enrollment")
    attempts = _begin(school)
    environment = world.database.environment() | {
        "REDIS_URL": redis_url(),
        "RATE_LIMIT": "1000000000",
        "LOG_LEVEL": "WARNING",
    }
    with granian(environment) as port:
        yield from _answering(port, attempts)
    with granian(environment, workers=2) as port:
        yield from _at_once(port, school, attempts)
    yield from _kept(school, attempts)
    yield from _analyzing(world, school)


def _begin(school: School) -> list[tuple[int, str]]:
    """Start 500 attempts; their ids, with their students' tokens."""
    from django.conf import settings

    from optilearn.assessment.quizzes.services import start_attempt
    from optilearn.core.access.roles import Role
    from optilearn.core.access.tokens import encode
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.enrollment.models import Enrollment
    from optilearn.institutions.selectors import institution_by_slug
    from optilearn.people.selectors import principal_by_code, session_claims

    institution = institution_by_slug(SLUG)
    assert institution is not None
    found = []
    with tenant_context(school.institution_id):
        lesson = _quiz(school.course_id)
        own = Enrollment.objects.filter(course_id=school.course_id).order_by("id")
        codes = list(own.values_list("student__code", flat=True)[:_STUDENTS])
        for code in codes:
            principal = principal_by_code(institution, Role.STUDENT, code)
            key = start_attempt(principal=principal, lesson_id=lesson, access_code="")
            claims = session_claims(principal, institution)
            secret, name = settings.AUTH_SECRETS[0], settings.AUTH_COOKIE
            found.append((key, encode(claims, secret=secret, cookie_name=name)))
    return found


def _quiz(course_id: int) -> int:
    from optilearn.assessment.models import (
        Assignment,
        Question,
        QuestionVersion,
        Quiz,
        QuizSlot,
    )
    from optilearn.courses.models import Lesson, Module

    module = Module.objects.filter(course_id=course_id).earliest("id")
    lesson = Lesson.objects.create(
        course_id=course_id, module=module, title="Exam", kind="QUIZ", position=99
    )
    work = Assignment.objects.create(
        course_id=course_id, lesson=lesson, title="Exam", kind="QUIZ", max_score=100
    )
    quiz = Quiz.objects.create(
        course_id=course_id, lesson=lesson, assignment=work, time_limit_seconds=7_200
    )
    content = {"kind": "NUMERIC", "answers": [{"value": "2"}]}
    for number in range(_QUESTIONS):
        question = Question.objects.create(
            course_id=course_id, name=f"Question {number}", kind="NUMERIC"
        )
        QuestionVersion.objects.create(
            question=question, number=1, text="<p>1 + 1</p>", content=content
        )
        QuizSlot.objects.create(quiz=quiz, course_id=course_id, position=number, question=question)
    return int(lesson.pk)


def _answers(
    attempts: list[tuple[int, str]], prefix: str, sent: dict[tuple[int, int], str] | None = None
) -> Callable[[], bytes]:
    """The next answer of the next student; ``sent`` gets it, by attempt and question."""
    turns = itertools.count()
    lock = threading.Lock()

    def ask() -> bytes:
        with lock:
            turn = next(turns)
        key, token = attempts[turn % len(attempts)]
        number = turn // len(attempts) % _QUESTIONS + 1
        value = str(turn % 7)
        if sent is not None:
            sent[key, number] = value
        body = {"kind": "NUMERIC", "value": value, "sequence": time.time_ns() // 1000}
        path = f"/api{prefix}/learning/attempts/{key}/answers/{number}"
        return request("PUT", path, token, json.dumps(body).encode())

    return ask


def _answering(port: int, attempts: list[tuple[int, str]]) -> Iterator[Line]:
    ways = {"ours": _answers(attempts, ""), "plain": _answers(attempts, "/plain")}
    found = rates(port, ways)
    name = "an answer saved: over django-ninja's plain way"
    yield Line(name, 1 / found["ours"], 1 / found["plain"], 1 / 3)


def _at_once(port: int, school: School, attempts: list[tuple[int, str]]) -> Iterator[Line]:
    """Each student answers a quarter of the questions, then all submit, over 32 connections."""
    sent: dict[tuple[int, int], str] = {}
    ask = _answers(attempts, "", sent)
    total = _STUDENTS * _QUESTIONS // 4
    times = _send(port, [ask] * total)
    median = statistics.median(times)
    p95 = sorted(times)[int(len(times) * 0.95)]
    yield Line(f"{total} answers at once: p95 over the median", p95, median, 5)
    yield Line("the slowest of them, over a second", max(times), 1, 1)
    yield Line("answers as they were sent, of those", total, _as_sent(school, sent), 1, unit="")
    submits = [
        partial(request, "POST", f"/api/learning/attempts/{key}/submit", token)
        for key, token in attempts
    ]
    started = time.perf_counter()
    _send(port, submits)
    yield Line("500 attempts submitted and marked", time.perf_counter() - started, 5, 1)


def _as_sent(school: School, sent: dict[tuple[int, int], str]) -> int:
    from optilearn.assessment.models import Answer
    from optilearn.core.tenancy.context import tenant_context

    with tenant_context(school.institution_id):
        found = Answer.objects.values_list("attempt_id", "number", "value")
        stored = {(key, number): value for key, number, value in found}
    return sum(stored[place] == value for place, value in sent.items())


def _send(port: int, asks: list[Callable[[], bytes]]) -> list[float]:
    """Send all over kept connections; seconds of each. Fails if one isn't answered by 200."""
    waiting = iter(asks)
    lock = threading.Lock()
    times: list[float] = []
    failures: list[BaseException] = []

    def run() -> None:
        caller = Caller(port)
        try:
            while not failures:
                with lock:
                    ask = next(waiting, None)
                if ask is None:
                    return
                message = ask()
                started = time.perf_counter()
                caller.call(message)
                times.append(time.perf_counter() - started)
        except BaseException as error:  # noqa: BLE001 - raised by the thread that waits
            failures.append(error)
        finally:
            caller.close()

    threads = [threading.Thread(target=run) for _ in range(_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return times


def _kept(school: School, attempts: list[tuple[int, str]]) -> Iterator[Line]:
    """No attempt is left open, and none without its grade."""
    from optilearn.assessment.models import Attempt, Grade
    from optilearn.core.tenancy.context import tenant_context

    with tenant_context(school.institution_id):
        keys = [key for key, _token in attempts]
        graded = Attempt.objects.filter(pk__in=keys, status="GRADED").count()
        grades = Grade.objects.filter(course_id=school.course_id, points__isnull=False).count()
    yield Line("attempts graded, of 500", graded, _STUDENTS, 1, unit="")
    yield Line("grades written, of 500", grades, _STUDENTS, 1, unit="")


def _analyzing(world: World, school: School) -> Iterator[Line]:
    from optilearn.assessment.models import Quiz
    from optilearn.assessment.quizzes.schemas.analysis import AnalysisQuery
    from optilearn.assessment.quizzes.selectors import item_analysis
    from optilearn.core.access.roles import Role
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.institutions.selectors import institution_by_slug
    from optilearn.people.selectors import principal_by_code

    with world.superuser() as admin:
        count = _multiply(admin, school.institution_id)
    institution = institution_by_slug(SLUG)
    assert institution is not None
    admin_principal = principal_by_code(institution, Role.ADMIN, None)
    with tenant_context(school.institution_id):
        quiz = Quiz.objects.get(course_id=school.course_id)

        def analyze() -> object:
            return item_analysis(admin_principal, quiz.pk, AnalysisQuery(attempts="ALL"))

        seconds = median_of(analyze)
    yield Line(f"item analysis of {count:,} answers", seconds, 0.2, 1)


def _multiply(admin: Any, institution_id: int) -> int:
    """More attempts with the answers of the first, until there are over 100,000 answers."""
    for copy in range(1, _COPIES):
        admin.execute(
            "INSERT INTO assessment_attempt (institution_id, quiz_id, assignment_id, enrollment_id,"
            " student_id, course_id, number, status, started_at, submitted_at, points,"
            " possible, has_passed)"
            " SELECT institution_id, quiz_id, assignment_id, enrollment_id, student_id, course_id,"
            " number + %s,"
            " status, started_at, submitted_at, points, possible, has_passed"
            " FROM assessment_attempt WHERE institution_id = %s AND number = 1",
            [copy, institution_id],
        )
    row = admin.execute(
        "INSERT INTO assessment_answer (institution_id, attempt_id, student_id, course_id,"
        " question_id, number,"
        ' version_id, kind, possible, "order", value, sequence, share, points, comment)'
        " SELECT a.institution_id, n.id, a.student_id, a.course_id, a.question_id, a.number,"
        " a.version_id, a.kind, a.possible,"
        ' a."order", a.value, a.sequence, a.share, a.points, a.comment'
        "   FROM assessment_answer a"
        "   JOIN assessment_attempt o ON o.institution_id = a.institution_id"
        "    AND o.id = a.attempt_id AND o.number = 1"
        "   JOIN assessment_attempt n ON n.institution_id = o.institution_id"
        "    AND n.enrollment_id = o.enrollment_id AND n.number > 1"
        "  WHERE a.institution_id = %s",
        [institution_id],
    ).rowcount
    admin.execute("VACUUM (ANALYZE) assessment_attempt, assessment_answer")
    return int(row) + _STUDENTS * _QUESTIONS
