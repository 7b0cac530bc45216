"""The result of an attempt: a submission, the quiz's grade, the lesson's completion."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from optilearn.assessment.gradebook.services.history import Cause, change, state_of
from optilearn.assessment.gradebook.totals.calculation import points_of
from optilearn.assessment.models import Attempt, Grade, GradeChange, Quiz, Submission
from optilearn.core import clock
from optilearn.enrollment.services import record_lesson_result

_Scoring = Quiz.Scoring


def record_result(attempt: Attempt) -> None:
    """Record what a locked attempt, which has ended, makes of its quiz.

    Passing completes the lesson, as submitting does where that is its rule. An attempt that
    waits for a grader has no score yet.
    """
    quiz = attempt.quiz
    graded = attempt.status == Attempt.Status.GRADED
    score = points_of(_hundredths(attempt, quiz)) if graded else None
    Submission.objects.update_or_create(
        attempt=attempt,
        defaults={
            "assignment_id": quiz.assignment_id,
            "enrollment_id": attempt.enrollment_id,
            "student_id": attempt.student_id,
            "course_id": attempt.course_id,
            "submitted_at": attempt.submitted_at or clock.now(),
            "score": score,
            "status": Submission.Status.GRADED if graded else Submission.Status.SUBMITTED,
            "graded_at": clock.now() if graded else None,
        },
    )
    if graded:
        _grade(attempt, quiz)
    record_lesson_result(
        enrollment_id=attempt.enrollment_id,
        lesson_id=quiz.lesson_id,
        event="PASSED" if attempt.has_passed else "SUBMITTED",
    )


def counting_score(scores: Sequence[int], scoring: str) -> int:
    """The score that counts of attempts in their order, in hundredths; the average is rounded."""
    if scoring == _Scoring.BEST:
        return max(scores)
    if scoring == _Scoring.AVERAGE:
        return (2 * sum(scores) + len(scores)) // (2 * len(scores))
    return scores[0] if scoring == _Scoring.FIRST else scores[-1]


def _grade(attempt: Attempt, quiz: Quiz) -> None:
    """Write the grade that the student's attempts make, unless a person has set another."""
    ended = Attempt.objects.filter(
        quiz_id=quiz.pk, enrollment_id=attempt.enrollment_id, status=Attempt.Status.GRADED
    ).order_by("number")
    scores = [_hundredths(one, quiz) for one in ended]
    points = points_of(counting_score(scores, quiz.scoring))
    grade, is_new = Grade.objects.get_or_create(
        assignment_id=quiz.assignment_id,
        enrollment_id=attempt.enrollment_id,
        defaults={"student_id": attempt.student_id, "course_id": attempt.course_id},
    )
    grade = Grade.objects.select_for_update().get(pk=grade.pk)
    before = None if is_new else state_of(grade)
    if grade.grader_id is not None:
        return
    now = clock.now()
    grade.raw_points = grade.points = points
    grade.graded_at = now
    if grade.posted_at is None and not quiz.assignment.posts_manually:
        grade.posted_at = now
    if state_of(grade) == before:
        return
    grade.version += 0 if is_new else 1
    grade.save()
    GradeChange.objects.bulk_create([change(grade, before, Cause.QUIZ, None)])


def _hundredths(attempt: Attempt, quiz: Quiz) -> int:
    """An attempt's points as a part of the quiz's points, in hundredths, half up."""
    if not attempt.possible:
        return 0
    share = Fraction(attempt.points or 0) / Fraction(attempt.possible)
    exact = share * Fraction(quiz.assignment.max_score) * 100
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
