from __future__ import annotations

from django.apps import AppConfig

from optilearn.assessment.events import SubmissionsReceived
from optilearn.core.events import subscribe
from optilearn.courses.events import CourseCopied, DeletingLessons
from optilearn.enrollment.events import EnrollmentEvent, Expired, Returned, Withdrawn
from optilearn.people.events import Erasing


class AssessmentConfig(AppConfig):
    """Assignments, quizzes, grades."""

    name = "optilearn.assessment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Subscribe to events, its own among them, and answer who reads what was handed in."""
        from optilearn.assessment.assignments import policies  # noqa: PLC0415 - needs models
        from optilearn.assessment.rules import average_score  # noqa: PLC0415 - as the others
        from optilearn.enrollment.providers import average_score_sql  # noqa: PLC0415 - as well
        from optilearn.files import access  # noqa: PLC0415 - needs models

        subscribe(DeletingLessons, _delete_unused_quizzes)
        subscribe(CourseCopied, _copy_assessment)
        subscribe(SubmissionsReceived, _assign_reviewers)
        for event in (Withdrawn, Expired, Returned):
            subscribe(event, _reassign_reviews)
        subscribe(Erasing, _end_attempts)
        average_score_sql.set(average_score)
        access.register(
            "submissions",
            may_read=policies.may_read_file,
            may_write=policies.may_upload,
            guard=policies.check_file_is_named,
        )


def _delete_unused_quizzes(event: DeletingLessons) -> None:
    from optilearn.assessment.quizzes.services.removal import (  # noqa: PLC0415 - needs models
        delete_unused,
    )

    delete_unused(event.lesson_ids)


def _copy_assessment(event: CourseCopied) -> None:
    from optilearn.assessment.copying.services import copy_assessment  # noqa: PLC0415 - needs models

    copy_assessment(event)


def _assign_reviewers(event: SubmissionsReceived) -> None:
    from optilearn.assessment.peer_reviews.services.following import (  # noqa: PLC0415 - needs models
        follow_submissions,
    )

    follow_submissions(event)


def _end_attempts(event: Erasing) -> None:
    from optilearn.assessment.quizzes.services import end_attempts_of  # noqa: PLC0415 - needs models

    end_attempts_of(event.person_id)


def _reassign_reviews(event: EnrollmentEvent) -> None:
    from optilearn.assessment.peer_reviews.services.following import (  # noqa: PLC0415 - needs models
        follow_enrollments,
    )

    follow_enrollments(event)
