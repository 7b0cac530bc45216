from __future__ import annotations

from django.apps import AppConfig

from optilearn.core.events import subscribe
from optilearn.courses.events import DeletingLessons


class AssessmentConfig(AppConfig):
    """Assignments, quizzes, grades."""

    name = "optilearn.assessment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Subscribe to the events of courses."""
        subscribe(DeletingLessons, _delete_unused_quizzes)


def _delete_unused_quizzes(event: DeletingLessons) -> None:
    from optilearn.assessment.quizzes.services.removal import (  # noqa: PLC0415 - needs models
        delete_unused,
    )

    delete_unused(event.lesson_ids)
