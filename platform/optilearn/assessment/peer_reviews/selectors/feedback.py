"""The author's read: the reviews of their own work, once they are released."""

from __future__ import annotations

from typing import Any

from optilearn.assessment import policies as assessment_policies
from optilearn.assessment.models import (
    Assignment,
    PeerReview,
    PeerReviewResult,
    PeerReviewSettings,
    Submission,
)
from optilearn.assessment.peer_reviews.allocation import mixed
from optilearn.assessment.peer_reviews.rules import counts, score_of
from optilearn.assessment.peer_reviews.selectors.reviewing import content_shown
from optilearn.assessment.peer_reviews.visibility import are_released
from optilearn.assessment.rubrics.content import criteria_of, shown
from optilearn.core.access.policies import not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role


def reviews_of_own_work(principal: Principal, assignment_id: int) -> dict[str, Any]:
    """Return the reviews of the calling student's work, when they are complete and released.

    Their order follows neither reviewers nor time, and they have no ids. Reviewers are named only
    where the assignment says so. Six queries at any number of reviews, seven of a group's. Raises
    ``AppError``: FORBIDDEN for others than students, NOT_FOUND, ENROLLMENT_REQUIRED.
    """
    refuse_unless(principal.role is Role.STUDENT)
    assignment = Assignment.objects.filter(pk=assignment_id).first()
    if assignment is None:
        raise not_found()
    _course, enrollment_id = assessment_policies.own_course(principal, assignment.course_id)
    settings = PeerReviewSettings.objects.filter(assignment=assignment).first()
    if settings is None:
        raise not_found()
    result = (
        PeerReviewResult.objects.select_related("submission")
        .filter(assignment=assignment, enrollment_id=enrollment_id)
        .first()
    )
    is_complete = result is not None and result.completed_at is not None
    if result is None or not is_complete or not are_released(assignment, enrollment_id):
        return {"isReleased": False, "score": None, "maxScore": assignment.max_score, "reviews": []}
    return {
        "isReleased": True,
        "score": score_of(result, settings.sets_score),
        "maxScore": assignment.max_score,
        "reviews": _reviews(settings, _author_of(result)),
    }


def _author_of(result: PeerReviewResult) -> int:
    """The enrollment under which the work of a result was reviewed: the first of its group."""
    work = result.submission
    if work is None or work.group_key is None:
        return int(result.enrollment_id)
    shared = Submission.objects.filter(assignment_id=result.assignment_id, group_key=work.group_key)
    return int(shared.order_by("enrollment_id").values_list("enrollment_id", flat=True)[0])


def _reviews(settings: PeerReviewSettings, enrollment_id: int) -> list[dict[str, Any]]:
    own = PeerReview.objects.filter(
        assignment_id=settings.assignment_id, enrollment_id=enrollment_id
    ).select_related("rubric_version", "reviewer")
    shuffled = sorted(filter(counts, own), key=lambda one: mixed(settings.seed, one.pk))
    return [
        {
            "reviewer": None if settings.is_anonymous else one.reviewer.name,
            "criteria": []
            if one.rubric_version is None
            else shown(criteria_of(one.rubric_version.criteria)),
            **content_shown(one),
        }
        for one in shuffled
    ]
