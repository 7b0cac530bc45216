"""The reviews of students' work by other students.

Reviewers may be anonymous, so none of it is in the reports of students and parents.
"""

from __future__ import annotations

from typing import Final

from reports.catalog.entities import choices
from reports.catalog.entities.shorthand import (
    COURSE,
    ENROLLMENT,
    STUDENT,
    code,
    count,
    key,
    mark,
    moments,
    rate,
    reference,
)
from reports.catalog.model import Additivity, Aggregate, Entity, Metric, Pii, Relation, ScopeRule

_IS_SUBMITTED: Final = "{status} IN ('SUBMITTED', 'FLAGGED')"

PEER_REVIEWS: Final = Entity(
    key="peerReviews",
    table="peer_reviews",
    label="Peer reviews",
    row_label="one person's review of one student's work",
    fields=(
        key("Peer review", Pii.PSEUDONYM),
        code("status", "status", "Status", choices.PEER_REVIEW_STATUS, required=True),
        code("decision", "decision", "Decision", choices.PEER_REVIEW_DECISION, required=True),
        mark("score", "score", "Score", "points"),
        *moments("assigned", "assigned", "Assigned on", required=True),
        *moments("submitted", "submitted", "Submitted on"),
        reference("studentId", "student_id", "Author", pii=Pii.PSEUDONYM),
        reference("reviewerId", "reviewer_id", "Reviewer", pii=Pii.PSEUDONYM),
        reference("assignmentId", "assignment_id", "Assignment"),
        reference("courseId", "course_id", "Course"),
        reference("enrollmentId", "enrollment_id", "Enrollment", pii=Pii.PSEUDONYM),
    ),
    relations=(
        STUDENT,
        Relation("assignment", "assignments", ("assignment_id",), "Assignment"),
        COURSE,
        ENROLLMENT,
    ),
    metrics=(
        count("Peer reviews", "peer reviews"),
        rate("submittedRate", "Submitted", "Submitted reviews of all reviews.", _IS_SUBMITTED),
        rate(
            "flaggedRate",
            "Flagged",
            "Reviews far from the median, of the submitted ones.",
            "{status} = 'FLAGGED'",
            _IS_SUBMITTED,
        ),
        Metric(
            "avgScore",
            Aggregate("avg", "score", where="{decision} <> 'EXCLUDED'"),
            "Average score",
            "Mean score of the submitted reviews, without excluded ones.",
            Additivity.NON_ADDITIVE,
            "points",
        ),
    ),
    scope=ScopeRule(person="student_id", course="course_id", staff_only=True),
    time="assignedOn",
)
