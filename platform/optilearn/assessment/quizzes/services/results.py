"""The results of attempts: the quiz's grade, a submission, the lesson's completion."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

from optilearn.assessment.gradebook.selectors.setup import late_policy, policy_of
from optilearn.assessment.gradebook.services.history import Cause, change, record, state_of
from optilearn.assessment.gradebook.services.lateness import deduct
from optilearn.assessment.gradebook.services.scores import score_submissions
from optilearn.assessment.gradebook.totals.calculation import half_up, points_of
from optilearn.assessment.models import (
    Attempt,
    Grade,
    GradeChange,
    Quiz,
    Submission,
)
from optilearn.assessment.quizzes.visibility import Show
from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.enrollment.services import record_lesson_results

_Scoring = Quiz.Scoring
_GRADED = Attempt.Status.GRADED
_BATCH = 500
_WRITTEN = ("raw_points", "deducted", "points", "graded_at", "posted_at", "version")


def record_results(quiz: Quiz, attempts: Sequence[Attempt], author: Principal | None) -> None:
    """Record what attempts that have ended make of their quiz; their enrollments are locked.

    Passing completes the lesson, as submitting does where that is its rule. An attempt that
    waits for a grader has no score yet. ``author`` graded by hand, else the key did. A constant
    number of statements for each 500, but for courses that are completed by it.
    """
    Submission.objects.bulk_create(
        (
            Submission(
                attempt=attempt,
                assignment_id=quiz.assignment_id,
                enrollment_id=attempt.enrollment_id,
                student_id=attempt.student_id,
                course_id=attempt.course_id,
                submitted_at=attempt.submitted_at or clock.now(),
            )
            for attempt in attempts
        ),
        ignore_conflicts=True,
    )
    passed = {one.enrollment_id for one in attempts if one.has_passed}
    own = {one.enrollment_id for one in attempts}
    same = own - grade_attempts(quiz, own, author)
    score_submissions([(quiz.assignment_id, key) for key in same])
    events = {key: "PASSED" if key in passed else "SUBMITTED" for key in own}
    record_lesson_results(lesson_id=quiz.lesson_id, events=events)


def grade_attempts(
    quiz: Quiz,
    enrollment_ids: Collection[int],
    author: Principal | None,
    cause: Cause = Cause.QUIZ,
) -> set[int]:
    """Write the grades that attempts make, of students whose enrollments are locked.

    A grade that a person has set stays, and so does one while the attempt that counts waits for
    a grader. Returns the enrollments whose grades have changed, and with them the attempts'
    scores. A constant number of statements for each 500.
    """
    ended = Attempt.objects.filter(quiz_id=quiz.pk, enrollment_id__in=enrollment_ids)
    attempts: dict[int, list[Attempt]] = {}
    for attempt in ended.exclude(status=Attempt.Status.IN_PROGRESS).order_by("number"):
        attempts.setdefault(attempt.enrollment_id, []).append(attempt)
    scores = {key: counting_score(own, quiz) for key, own in attempts.items()}
    known = _known(quiz, attempts)
    rule = late_policy(policy_of(quiz.course_id))
    entries: list[GradeChange] = []
    new: list[Grade] = []
    changed: list[Grade] = []
    for key, score in scores.items():
        grade, before, was_hidden = known[key]
        if score is None or grade.grader_id is not None:
            continue
        grade.raw_points, grade.graded_at = points_of(score), clock.now()
        deduct(grade, rule, None)
        if grade.posted_at is None and not was_hidden and _are_seen(quiz, attempts[key]):
            grade.posted_at = clock.now()
        if state_of(grade) != before:
            (new if before is None else changed).append(grade)
            grade.version += 0 if before is None else 1
            entries.append(change(grade, before, cause, author))
    Grade.objects.bulk_create(new, batch_size=_BATCH)
    Grade.objects.bulk_update(changed, _WRITTEN, batch_size=_BATCH)
    record(entries)
    return {one.grade.enrollment_id for one in entries}


def _known(
    quiz: Quiz, attempts: Mapping[int, Sequence[Attempt]]
) -> dict[int, tuple[Grade, dict[str, Any] | None, bool]]:
    """The grades by enrollment, what they say (None for new ones), and if somebody hid them."""
    found = Grade.objects.select_for_update().filter(
        assignment_id=quiz.assignment_id, enrollment_id__in=attempts
    )
    grades = {grade.enrollment_id: grade for grade in found.order_by("id")}
    hidden = set(
        GradeChange.objects.filter(grade__in=list(grades.values()), cause=Cause.HIDDEN).values_list(
            "grade_id", flat=True
        )
    )
    known: dict[int, tuple[Grade, dict[str, Any] | None, bool]] = {}
    for key, grade in grades.items():
        grade.assignment = quiz.assignment
        known[key] = (grade, state_of(grade), grade.pk in hidden)
    for key, own in attempts.items():
        new = Grade(
            assignment=quiz.assignment,
            enrollment_id=key,
            student_id=own[0].student_id,
            course_id=quiz.course_id,
        )
        known.setdefault(key, (new, None, False))
    return known


def counting_score(ended: Sequence[Attempt], quiz: Quiz) -> int | None:
    """The score that counts of a student's ended attempts in their order, in hundredths.

    The average is rounded half up. None while the attempt that counts waits for a grader, or if
    nothing is possible.
    """
    if quiz.scoring == _Scoring.FIRST:
        ended = ended[:1]
    elif quiz.scoring == _Scoring.LAST:
        ended = ended[-1:]
    scores = [_hundredths(one, quiz) for one in ended if one.status == _GRADED and one.possible]
    if not scores:
        return None
    if quiz.scoring == _Scoring.AVERAGE:
        return half_up(Fraction(sum(scores), len(scores)))
    return max(scores)


def _are_seen(quiz: Quiz, attempts: Sequence[Attempt]) -> bool:
    """Return True if the student sees marks at once; after the end the worker releases them."""
    if quiz.assignment.posts_manually:
        return False
    has_passed = any(one.has_passed for one in attempts)
    at_once = quiz.show_marks == Show.AFTER_ATTEMPT
    return at_once or (quiz.show_marks == Show.AFTER_PASSING and has_passed)


def _hundredths(attempt: Attempt, quiz: Quiz) -> int:
    """An attempt's points as a part of the quiz's points, in hundredths, half up."""
    if not attempt.possible:
        return 0
    share = Fraction(attempt.points or 0) / Fraction(attempt.possible)
    return half_up(share * Fraction(quiz.assignment.max_score) * 100)
