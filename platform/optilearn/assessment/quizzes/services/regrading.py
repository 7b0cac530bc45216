"""A question of a quiz marked again after its key was changed: planned first, then written."""

from __future__ import annotations

import copy
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.gradebook.services.history import Cause
from optilearn.assessment.gradebook.services.locks import lock_enrollments
from optilearn.assessment.gradebook.services.scores import score_submissions
from optilearn.assessment.gradebook.totals.calculation import points_of
from optilearn.assessment.models import (
    Answer,
    Attempt,
    Grade,
    Question,
    QuestionVersion,
    Quiz,
    QuizRegrade,
)
from optilearn.assessment.quizzes import policies
from optilearn.assessment.quizzes.questions.answers import as_written, is_answer
from optilearn.assessment.quizzes.questions.content import content_of
from optilearn.assessment.quizzes.questions.regrading import Method, regraded, shape_of
from optilearn.assessment.quizzes.services.marks import SHARE, add_up, decimal
from optilearn.assessment.quizzes.services.results import (
    counting_score,
    grade_attempts,
)
from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import row
from optilearn.enrollment.services import record_lesson_results
from optilearn.people.directory import erased_of

_BATCH: Final = 500


@dataclass(frozen=True)
class _Regraded:
    """An attempt that a regrade changes, before and after, with the student's grade."""

    before: Attempt
    after: Attempt
    grade_before: Decimal | None
    grade_after: Decimal | None
    is_set_by_hand: bool
    """The grade was set by a person, and stays."""


@dataclass(frozen=True)
class RegradePlan:
    """The answers and attempts that a regrade changes."""

    about: tuple[int, int, str]
    """The quiz, the question's version and the method."""
    answers: list[Answer]
    attempts: list[_Regraded]
    unchanged: int
    graded_by_hand: int
    """Answers that a person has graded: they stay."""

    @property
    def token(self) -> str:
        """Stands for exactly these changes."""
        answers = [(one.pk, one.points, one.key_version_id) for one in self.answers]
        attempts = [(one.before.pk, one.before.points, one.after.points) for one in self.attempts]
        return hashlib.sha256(repr((self.about, answers, attempts)).encode()).hexdigest()[:32]


@transaction.atomic
def regrade(
    *,
    principal: Principal,
    quiz_id: int,
    question_id: int,
    method: Method,
    apply_token: str | None,
) -> dict[str, Any]:
    """Plan what the newest key of a question changes in a quiz, and, with the plan's token, do it.

    Attempts that end later are marked by the same key. Marks and grades that a person has set
    stay, and so do those of people who were erased, with whose words they would be lost; lessons
    that were completed stay completed. A constant number of statements. Raises
    ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT if answers don't fit the new version, or were
    marked since the plan.
    """
    quiz = policies.managed_quiz(principal, quiz_id)
    question = Question.objects.filter(pk=question_id, course_id=quiz.course_id).first()
    if question is None:
        raise not_found()
    answers = Answer.objects.filter(
        attempt__quiz_id=quiz_id, version__question_id=question_id, attempt__points__isnull=False
    )
    if apply_token is not None:
        lock_enrollments(set(answers.values_list("attempt__enrollment_id", flat=True)))
        # Of attempts that are being marked the marks are waited for, and change the plan.
        row("SELECT id FROM assessment_quiz WHERE id = %s FOR NO KEY UPDATE", [quiz_id])
        quiz = policies.managed_quiz(principal, quiz_id)  # its scoring may have changed meanwhile
    erased = erased_of(set(answers.values_list("student_id", flat=True)))
    found = [
        one
        for one in answers.select_related("version").order_by("id")
        if one.student_id not in erased
    ]
    newest = QuestionVersion.objects.get(question_id=question_id, number=question.version)
    _check_fits(newest, found, method)
    plan = _plan(quiz, newest, found, method)
    if apply_token is None:
        return _to_wire(plan, applied=False)
    if plan.token != apply_token:
        raise AppError(
            ErrorCode.CONFLICT,
            _("Answers were marked since the preview. Look at it again."),
            {"token": plan.token},
        )
    _apply(principal, quiz, newest, plan, method)
    return _to_wire(plan, applied=True)


def _check_fits(newest: QuestionVersion, answers: Sequence[Answer], method: Method) -> None:
    if method is Method.EVERYBODY:
        return
    shape = shape_of(content_of(newest.content))
    old = {one.version_id: one.version for one in answers}
    if shape is None or any(shape_of(content_of(one.content)) != shape for one in old.values()):
        raise AppError(
            ErrorCode.CONFLICT,
            _("These answers can't be marked by the new version. Give all points to everybody."),
            {"reason": "OTHER_CONTENT"},
        )


def _plan(
    quiz: Quiz, newest: QuestionVersion, answers: Sequence[Answer], method: Method
) -> RegradePlan:
    key = content_of(newest.content)
    changed: list[Answer] = []
    gained: dict[int, Decimal] = defaultdict(Decimal)
    marked: dict[int, int] = defaultdict(int)
    by_hand = 0
    for answer in answers:
        if answer.grader_id is not None:
            by_hand += 1
            continue
        if not is_answer(answer.kind, answer.value):  # a person has to look at it
            continue
        value = as_written(content_of(answer.version.content), answer.value, answer.order)
        old = None if answer.share is None else Fraction(answer.share)
        share = regraded(old, method, key, value, penalizes=quiz.penalizes_wrong)
        points = None if share is None else decimal(share * Fraction(answer.possible))
        if share is not None and decimal(share, SHARE) == answer.share:
            points = answer.points  # shares are stored rounded: the points say exactly what it was
        if points == answer.points and (answer.key_version_id or answer.version_id) == newest.pk:
            continue
        if points != answer.points:
            gained[answer.attempt_id] += (points or Decimal(0)) - (answer.points or Decimal(0))
            marked[answer.attempt_id] += answer.points is None
        answer.share = None if share is None else decimal(share, SHARE)
        answer.points, answer.key_version = points, newest
        changed.append(answer)
    attempts = _attempts(quiz, gained, marked)
    about = (quiz.pk, newest.pk, method.value)
    return RegradePlan(about, changed, attempts, len(answers) - len(gained) - by_hand, by_hand)


def _attempts(quiz: Quiz, gained: dict[int, Decimal], marked: dict[int, int]) -> list[_Regraded]:
    """The attempts with these gains, added up anew, and what they make of grades."""
    affected = Attempt.objects.filter(pk__in=gained).values("enrollment_id")
    ended = Attempt.objects.filter(
        points__isnull=False, quiz_id=quiz.pk, enrollment_id__in=affected
    )
    before: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in ended.select_related("student").order_by("enrollment_id", "number"):
        before[attempt.enrollment_id].append(attempt)
    sums: dict[int, list[Decimal | None]] = defaultdict(list)
    points = Answer.objects.filter(attempt_id__in=gained).values_list("attempt_id", "points")
    for attempt_id, mark in points:
        sums[attempt_id].append(mark)
    grades = Grade.objects.filter(assignment_id=quiz.assignment_id, enrollment_id__in=before)
    by_hand = set(grades.filter(grader__isnull=False).values_list("enrollment_id", flat=True))
    found = []
    for enrollment_id, own in before.items():
        after = [copy.copy(one) for one in own]
        for one in after:
            if one.pk in gained:
                total = sum((mark or Decimal(0) for mark in sums[one.pk]), gained[one.pk])
                waits = sums[one.pk].count(None) > marked[one.pk]
                add_up(one, quiz, total, waits=waits)
        grade_before, grade_after = (
            None if score is None else points_of(score)
            for score in (counting_score(own, quiz), counting_score(after, quiz))
        )
        found += [
            _Regraded(old, new, grade_before, grade_after, enrollment_id in by_hand)
            for old, new in zip(own, after, strict=True)
            if old.pk in gained
        ]
    return found


def _apply(
    principal: Principal, quiz: Quiz, newest: QuestionVersion, plan: RegradePlan, method: Method
) -> None:
    Answer.objects.bulk_update(plan.answers, ["share", "points", "key_version"], batch_size=_BATCH)
    after = {one.after.pk: one.after for one in plan.attempts}
    Attempt.objects.bulk_update(
        after.values(), ["points", "status", "has_passed"], batch_size=_BATCH
    )
    enrollments = {one.enrollment_id for one in after.values()}
    same = enrollments - grade_attempts(quiz, enrollments, principal, Cause.REGRADE)
    score_submissions([(quiz.assignment_id, one) for one in same])
    passed = [
        one.after.enrollment_id
        for one in plan.attempts
        if one.after.has_passed and not one.before.has_passed
    ]
    events = dict.fromkeys(passed, "PASSED")
    record_lesson_results(lesson_id=quiz.lesson_id, events=events)
    QuizRegrade.objects.create(
        quiz=quiz,
        course_id=quiz.course_id,
        question_id=newest.question_id,
        version=newest,
        method=method.value,
        at=clock.now(),
        author_id=principal.caller_id,
        changes=[
            {
                "attemptId": one.before.pk,
                "before": str(one.before.points),
                "after": str(one.after.points),
            }
            for one in plan.attempts
        ],
    )
    audit.record(
        action="quiz.regrade",
        actor=principal,
        target=f"quiz:{quiz.pk}",
        details={"question": newest.question_id, "attempts": len(plan.attempts)},
    )


def _to_wire(plan: RegradePlan, *, applied: bool) -> dict[str, Any]:
    return {
        "applied": applied,
        "token": plan.token,
        "unchanged": plan.unchanged,
        "gradedByHand": plan.graded_by_hand,
        "attempts": [_attempt_to_wire(one) for one in plan.attempts],
    }


def _attempt_to_wire(one: _Regraded) -> dict[str, Any]:
    student = one.before.student
    return {
        "attemptId": one.before.pk,
        "number": one.before.number,
        "student": {"id": student.pk, "code": student.code, "name": student.name},
        "before": _state(one.before, one.grade_before),
        "after": _state(one.after, one.grade_after),
        "isGradeSetByHand": one.is_set_by_hand,
    }


def _state(attempt: Attempt, grade: Decimal | None) -> dict[str, Any]:
    return {"points": attempt.points, "hasPassed": attempt.has_passed, "grade": grade}
