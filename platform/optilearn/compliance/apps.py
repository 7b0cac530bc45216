from __future__ import annotations

from django.apps import AppConfig

from optilearn.core.events import subscribe
from optilearn.enrollment.events import CourseCompleted
from optilearn.people.events import Erasing


class ComplianceConfig(AppConfig):
    """Requirements, what people owe, and the evidence for it."""

    name = "optilearn.compliance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Subscribe to completions and erasures, and answer who hands in evidence."""
        from optilearn.compliance import policies  # noqa: PLC0415 - needs models
        from optilearn.files import access  # noqa: PLC0415 - as well

        subscribe(CourseCompleted, _meet_obligations)
        subscribe(Erasing, _withdraw_obligations)
        access.register("evidence", may_write=policies.may_upload)


def _meet_obligations(event: CourseCompleted) -> None:
    from optilearn.compliance.services.meeting import meet_completed  # noqa: PLC0415 - needs models

    meet_completed(event)


def _withdraw_obligations(event: Erasing) -> None:
    from optilearn.compliance.services.assigning import withdraw_from  # noqa: PLC0415 - needs models

    withdraw_from(event.person_id)
