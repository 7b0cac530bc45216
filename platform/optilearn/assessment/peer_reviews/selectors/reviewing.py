"""Reads of reviewers. Nothing in them says whose work it is: docs/peer-review.md#anonymity."""

from __future__ import annotations

from typing import Any, Final

from optilearn.assessment.assignments.anonymity import file_name
from optilearn.assessment.models import PeerReview, PeerReviewSettings, SubmissionFile
from optilearn.assessment.peer_reviews import policies
from optilearn.assessment.rubrics.content import criteria_of, ratings_of, shown
from optilearn.core import clock
from optilearn.core.access.policies import not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.http.pages import PageQuery
from optilearn.core.sql import Row, compose, rows, total_of
from optilearn.courses.rules import COURSES, live
from optilearn.enrollment.rules import ENROLLMENTS, holds_seat
from optilearn.files.selectors import url_under_name

_OWN: Final = compose(
    """
    SELECT r.id, r.assignment_id AS "assignmentId", a.title AS "assignmentTitle",
           r.course_id AS "courseId", c.title AS "courseTitle", t.due_at AS "dueAt",
           r.assigned_at AS "assignedAt", r.submitted_at AS "submittedAt",
           r.submitted_at IS NOT NULL AS "isSubmitted",
           r.submitted_at IS NULL AND r.closed_at IS NULL AND t.review_count > 0
             AND (t.due_at IS NULL OR t.due_at > %(now)s)
             AND <holds_seat> AND (e.expires_at IS NULL OR e.expires_at > %(now)s) AS "isOpen",
           count(*) OVER () AS total
      FROM assessment_peerreview r
      JOIN assessment_assignment a
        ON a.institution_id = r.institution_id AND a.id = r.assignment_id
      <course> AND <live>
      JOIN <enrollments> ON e.institution_id = r.institution_id AND e.id = r.reviewer_enrollment_id
      JOIN assessment_peerreviewsettings t
        ON t.institution_id = r.institution_id AND t.assignment_id = r.assignment_id
     WHERE r.reviewer_id = %(student)s
       AND (%(assignment)s::bigint IS NULL OR r.assignment_id = %(assignment)s)
    """,
    course=COURSES.joined("c", "r.course_id"),
    live=live("c"),
    enrollments=ENROLLMENTS.aliased("e"),
    holds_seat=holds_seat("e"),
)
_OWN_PAGE: Final = (
    _OWN + ' ORDER BY "isOpen" DESC, t.due_at NULLS LAST, r.id LIMIT %(limit)s OFFSET %(offset)s'
)
_OWN_TOTAL: Final = f"SELECT count(*) AS total FROM ({_OWN}) AS own"  # noqa: S608 - ours


def own_reviews(
    principal: Principal, query: PageQuery, *, assignment_id: int | None = None
) -> tuple[list[Row], int]:
    """Return a page of the reviews that the calling student was asked for, and their number.

    Open ones come first, the next due at the top. One query. Raises ``AppError`` FORBIDDEN for
    others than students.
    """
    require(principal, frozenset({Role.STUDENT}))
    given = {
        "student": principal.person_id,
        "assignment": assignment_id,
        "now": clock.now(),
        "limit": query.per_page,
        "offset": query.offset,
    }
    page = rows(_OWN_PAGE, given)
    total = total_of(page, _OWN_TOTAL, given, query)
    return [{name: one[name] for name in one if name != "total"} for one in page], total


def own_review(principal: Principal, review_id: int) -> dict[str, Any]:
    """Return a review that the caller was asked for, with the work while it can be written.

    Four queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    review = policies.own_review(principal, review_id)
    settings = PeerReviewSettings.objects.filter(assignment_id=review.assignment_id).first()
    is_open = policies.is_open(review, settings)
    version = review.rubric_version
    return {
        "id": review.pk,
        "assignmentId": review.assignment_id,
        "assignmentTitle": review.assignment.title,
        "courseId": review.course_id,
        "dueAt": None if settings is None else settings.due_at,
        "isOpen": is_open,
        "isSubmitted": review.submitted_at is not None,
        "assignedAt": review.assigned_at,
        "savedAt": review.saved_at,
        "submittedAt": review.submitted_at,
        "maxScore": review.assignment.max_score,
        "criteria": [] if version is None else shown(criteria_of(version.criteria)),
        "work": _work(review) if is_open else None,
        **content_shown(review),
    }


def file_url(principal: Principal, review_id: int, number: int) -> dict[str, Any]:
    """Return a URL of a file of the work, under a name that says nothing.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, also when the review isn't open any more.
    """
    review = policies.own_review(principal, review_id)
    settings = PeerReviewSettings.objects.filter(assignment_id=review.assignment_id).first()
    files = _files(review) if policies.is_open(review, settings) else []
    if not 1 <= number <= len(files):
        raise not_found()
    found = files[number - 1]
    return url_under_name(principal, found.file_id, file_name(number, found.file.content_type))


def content_shown(review: PeerReview) -> dict[str, Any]:
    """Return the content of a review for the wire."""
    return {
        "score": review.score,
        "comment": review.comment,
        "ratings": shown(ratings_of(review.ratings)),
    }


def _work(review: PeerReview) -> dict[str, Any]:
    return {
        "text": review.submission.text,
        "url": review.submission.url,
        "files": [
            {
                "number": number,
                "name": file_name(number, one.file.content_type),
                "contentType": one.file.content_type,
                "size": one.file.size_bytes,
            }
            for number, one in enumerate(_files(review), start=1)
        ],
    }


def _files(review: PeerReview) -> list[SubmissionFile]:
    found = SubmissionFile.objects.filter(submission_id=review.submission_id)
    return list(found.select_related("file").order_by("position", "id"))
