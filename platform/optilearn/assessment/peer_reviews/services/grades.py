"""The grade that the reviews of peers make."""

from __future__ import annotations

from optilearn.assessment.gradebook.selectors.setup import late_policy, policy_of
from optilearn.assessment.gradebook.services.history import Cause, change, record, state_of
from optilearn.assessment.gradebook.services.lateness import deduct, newest
from optilearn.assessment.models import (
    Assignment,
    Grade,
    PeerReviewResult,
    PeerReviewSettings,
    Submission,
)
from optilearn.assessment.peer_reviews.rules import score_of
from optilearn.core import clock

_Sets = PeerReviewSettings.SetsScore


def grade_by_peers(settings: PeerReviewSettings, result: PeerReviewResult) -> None:
    """Set the student's grade to what the reviews make; the enrollment is locked.

    A grade that a person has set stays, and so does an imported one. The course's rule for late
    work is applied. History names no author: the system did it.
    """
    if settings.sets_score == _Sets.NONE or result.completed_at is None:
        return
    grade = (
        Grade.objects.select_for_update(of=("self",))
        .filter(assignment_id=result.assignment_id, enrollment_id=result.enrollment_id)
        .first()
    )
    before = None if grade is None else state_of(grade)
    if grade is None:
        grade = Grade(
            enrollment_id=result.enrollment_id,
            student_id=result.student_id,
            course_id=result.course_id,
        )
    grade.assignment = settings.assignment
    submitted = newest([grade]).get((result.assignment_id, result.enrollment_id))
    if submitted is None or submitted.is_attempt or _is_set(grade, is_new=before is None):
        return
    grade.raw_points = score_of(result, settings.sets_score)
    grade.graded_at = None if grade.raw_points is None else clock.now()
    deduct(grade, late_policy(policy_of(result.course_id)), submitted)
    if _is_posted_now(grade):
        grade.posted_at = clock.now()
    if state_of(grade) == before:
        return
    grade.version += 0 if before is None else 1
    grade.save()
    record([change(grade, before, Cause.PEERS, None)])


def restore_grade(assignment: Assignment, enrollment_id: int) -> None:
    """Set the grade by the reviews again, after a person's was removed; the enrollment is locked.

    Nothing happens while reviews are to come, or where there is no peer review.
    """
    settings = PeerReviewSettings.objects.filter(assignment=assignment).first()
    if settings is None or settings.sets_score == _Sets.NONE:
        return
    settings.assignment = assignment
    result = PeerReviewResult.objects.filter(
        assignment=assignment, enrollment_id=enrollment_id
    ).first()
    if result is not None:
        grade_by_peers(settings, result)


def _is_set(grade: Grade, *, is_new: bool) -> bool:
    """Return True if a person has graded, here or where the records came from."""
    if is_new:
        imported = Submission.objects.filter(
            assignment=grade.assignment, enrollment_id=grade.enrollment_id, score__isnull=False
        )
        return imported.exists()
    if grade.grader_id is not None or grade.is_excused:
        return True
    by_peers = grade.changes.filter(cause=Cause.PEERS)
    return grade.raw_points is not None and not by_peers.exists()


def _is_posted_now(grade: Grade) -> bool:
    """Return True if the student sees it from now on; what somebody has hidden stays hidden."""
    if grade.posted_at is not None or grade.points is None or grade.assignment.posts_manually:
        return False
    hidden = grade.pk is not None and grade.changes.filter(cause=Cause.HIDDEN).exists()
    return not hidden
