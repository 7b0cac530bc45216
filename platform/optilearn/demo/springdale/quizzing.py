"""Quizzes of the core subjects in the term under way: banks, attempts, answers.

Attempts agree with the progress of lessons: who completed one has passed, at that moment.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from optilearn.demo.springdale.assessment_records import (
    Answer,
    Attempt,
    Question,
    QuestionCategory,
    QuestionVersion,
    Quiz,
    QuizSlot,
)
from optilearn.demo.springdale.calendar import at
from optilearn.demo.springdale.curriculum import Plan
from optilearn.demo.springdale.question_pool import PER_QUIZ, Item, maths, science
from optilearn.demo.springdale.records import Assignment, Lesson, Progress

MAX_SCORE: Final = Decimal("10.00")
PASSING: Final = Decimal("60.00")
_ONE: Final = Decimal("1.00")
_NOTHING: Final = Decimal("0.00")
_POSSIBLE: Final = _ONE * PER_QUIZ
_TRIES_AGAIN: Final = 0.6
_UNDER_WAY: Final = 0.12
_LEAST_TO_PASS: Final = 3


@dataclass
class Quizzes:
    """Everything of quizzes, collected with running keys."""

    categories: list[QuestionCategory] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    versions: list[QuestionVersion] = field(default_factory=list)
    quizzes: list[Quiz] = field(default_factory=list)
    slots: list[QuizSlot] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    papers: dict[int, tuple[Quiz, list[tuple[int, Item]]]] = field(default_factory=dict)
    """By lesson: the quiz, and its questions with their versions."""


@dataclass(frozen=True)
class _Try:
    """An attempt before it has a key: when, and how many answers are right."""

    started_at: datetime
    submitted_at: datetime | None
    right: int


def quizzes(
    rng: Random, plans: Iterable[Plan], assignments: list[Assignment], progress: list[Progress]
) -> Quizzes:
    """The quizzes of the plans, whose assignments are added, and who attempted them."""
    into = Quizzes()
    for plan in plans:
        _bank(into, rng, plan, assignments)
    for row in progress:
        if row.lesson_id in into.papers:
            for number, one in enumerate(_tries(rng, row), start=1):
                _attempt(into, rng, row, number, one)
    return into


def _bank(into: Quizzes, rng: Random, plan: Plan, assignments: list[Assignment]) -> None:
    """A category for the course, one in it for each module, and a quiz for each quiz lesson."""
    course = plan.course
    root = QuestionCategory(len(into.categories) + 1, course.id, None, course.category)
    into.categories.append(root)
    lessons = [lesson for lesson in plan.lessons if lesson.kind == "QUIZ"]
    for number, lesson in enumerate(lessons, start=1):
        inner = QuestionCategory(
            len(into.categories) + 1, course.id, root.id, f"{course.title} · {number}"
        )
        into.categories.append(inner)
        assignment = Assignment(
            id=len(assignments) + 1,
            course_id=course.id,
            lesson_id=lesson.id,
            title=lesson.title,
            kind="QUIZ",
            due_at=at(plan.term.ends_on, 86_399),
            weight=_NOTHING,
            max_score=MAX_SCORE,
            pass_mark=PASSING,
        )
        assignments.append(assignment)
        items = maths(rng, int(plan.grade)) if course.category == "Mathematics" else science(rng)
        _quiz(into, lesson, assignment, (inner.id, course.creator_id), items)


def _quiz(
    into: Quizzes,
    lesson: Lesson,
    assignment: Assignment,
    whose: tuple[int, int],
    items: list[Item],
) -> None:
    category_id, author_id = whose
    course_id = lesson.course_id
    key = len(into.quizzes) + 1
    quiz = Quiz(key, course_id, lesson.id, assignment.id, PASSING, assignment.due_at)
    into.quizzes.append(quiz)
    paper = []
    for position, item in enumerate(items, start=1):
        key = len(into.questions) + 1
        kind = str(item.content["kind"])
        into.questions.append(
            Question(key, course_id, category_id, item.name, kind, '{"term 2"}', _ONE)
        )
        content = json.dumps(item.content, ensure_ascii=False, sort_keys=True)
        into.versions.append(
            QuestionVersion(len(into.versions) + 1, key, 1, item.text, content, "", author_id)
        )
        into.slots.append(QuizSlot(len(into.slots) + 1, quiz.id, course_id, position, key))
        paper.append((into.versions[-1].id, item))
    into.papers[lesson.id] = (quiz, paper)


def _tries(rng: Random, row: Progress) -> list[_Try]:
    """The attempts that explain a lesson's progress."""
    spent = timedelta(minutes=rng.randint(4, 15))
    if row.completed_at is None:
        if rng.random() < _UNDER_WAY:
            return [_Try(row.reported_at, None, rng.randint(1, 3))]
        return [_Try(row.reported_at - spent, row.reported_at, rng.randint(0, _LEAST_TO_PASS - 1))]
    tries = []
    passing = row.completed_at
    if passing - row.started_at > 3 * spent and rng.random() < _TRIES_AGAIN:
        first = row.started_at + spent
        tries.append(_Try(row.started_at, first, rng.randint(0, _LEAST_TO_PASS - 1)))
    right = rng.choices(range(_LEAST_TO_PASS, PER_QUIZ + 1), (30, 40, 30))[0]
    return [*tries, _Try(passing - spent, passing, right)]


def _attempt(into: Quizzes, rng: Random, row: Progress, number: int, one: _Try) -> None:
    quiz, paper = into.papers[row.lesson_id]
    is_over = one.submitted_at is not None
    points = _ONE * one.right if is_over else None
    attempt = Attempt(
        id=len(into.attempts) + 1,
        quiz_id=quiz.id,
        assignment_id=quiz.assignment_id,
        enrollment_id=row.enrollment_id,
        student_id=row.student_id,
        course_id=row.course_id,
        number=number,
        status="GRADED" if is_over else "IN_PROGRESS",
        started_at=one.started_at,
        submitted_at=one.submitted_at,
        ended="STUDENT" if is_over else None,
        points=points,
        possible=_POSSIBLE,
        has_passed=one.right >= _LEAST_TO_PASS if is_over else None,
    )
    into.attempts.append(attempt)
    right = set(rng.sample(range(PER_QUIZ), one.right))
    for place, (version_id, item) in enumerate(paper):
        is_right = place in right
        is_answered = is_right or (is_over and rng.random() < 0.9)
        value = item.right if is_right else rng.choice(item.wrong)
        earned = _ONE if is_right else _NOTHING
        saved_at = one.started_at + timedelta(seconds=20 * place + rng.randint(1, 19))
        into.answers.append(
            Answer(
                id=len(into.answers) + 1,
                attempt_id=attempt.id,
                student_id=row.student_id,
                course_id=row.course_id,
                question_id=into.versions[version_id - 1].question_id,
                number=place + 1,
                version_id=version_id,
                kind=str(item.content["kind"]),
                possible=_ONE,
                order="{" + ",".join(item.order) + "}",
                value=json.dumps(value, ensure_ascii=False) if is_answered else None,
                sequence=1 if is_answered else 0,
                saved_at=saved_at if is_answered else None,
                share=earned if is_over else None,
                points=earned if is_over else None,
            )
        )


def ended_by_student(into: Quizzes) -> dict[tuple[int, int], list[Attempt]]:
    """The attempts that have ended by enrollment and quiz, in their order."""
    found: dict[tuple[int, int], list[Attempt]] = defaultdict(list)
    for attempt in into.attempts:
        if attempt.submitted_at is not None:
            found[attempt.enrollment_id, attempt.quiz_id].append(attempt)
    return found
