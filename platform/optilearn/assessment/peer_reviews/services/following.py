"""Reviews follow what happens elsewhere: work is submitted, students leave and come back."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from optilearn.assessment.events import SubmissionsReceived
from optilearn.assessment.models import PeerReviewSettings, Submission
from optilearn.assessment.peer_reviews.services.allocating import locked_settings, top_up
from optilearn.core import clock
from optilearn.enrollment.events import EnrollmentEvent


@transaction.atomic
def follow_submissions(event: SubmissionsReceived) -> None:
    """Assign reviewers to new work; pending reviews of earlier work become reviews of it."""
    settings = locked_settings(event.assignment_id)
    if settings is not None:
        top_up(settings)


@transaction.atomic
def follow_enrollments(event: EnrollmentEvent) -> None:
    """Reassign the reviews of students who left; who came back is in the pool again.

    The same statements for each assignment in which one of them has submitted, whose reviews
    are being written.
    """
    own = Submission.objects.filter(
        assignment=OuterRef("assignment"),
        enrollment_id__in=[one.enrollment_id for one in event.subjects],
    )
    running = PeerReviewSettings.objects.filter(
        Q(due_at=None) | Q(due_at__gt=clock.now()),
        Exists(own),
        course_id__in={one.course_id for one in event.subjects},
        review_count__gt=0,
    )
    for assignment_id in list(running.order_by("id").values_list("assignment_id", flat=True)):
        settings = locked_settings(assignment_id)
        if settings is not None:
            top_up(settings)
