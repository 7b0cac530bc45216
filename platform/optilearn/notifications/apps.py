from __future__ import annotations

from django.apps import AppConfig

from optilearn.core.events import subscribe
from optilearn.people.events import SignedOutEverywhere


class NotificationsConfig(AppConfig):
    """Notifications: what people are sent, how, and with which result."""

    name = "optilearn.notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the handlers of events."""
        from optilearn.notifications.producers import (  # noqa: PLC0415  (needs models)
            community,
            compliance,
            events,
            grading,
            live,
            peer_reviews,
            recognition,
        )

        for producers in (
            community,
            compliance,
            events,
            grading,
            live,
            peer_reviews,
            recognition,
        ):
            producers.register()
        subscribe(SignedOutEverywhere, _delete_devices)


def _delete_devices(event: SignedOutEverywhere) -> None:
    from optilearn.notifications.devices.services import forget_devices_of  # noqa: PLC0415  (needs models)

    forget_devices_of(event.person_id)
