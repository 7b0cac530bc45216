from django.apps import AppConfig

from optilearn.core.events import subscribe
from optilearn.people.events import SignedOutEverywhere


class CalendarsConfig(AppConfig):
    """Calendars of people: everything of theirs that has a date."""

    name = "optilearn.calendars"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Subscribe to events of people."""
        subscribe(SignedOutEverywhere, _revoke_feed)


def _revoke_feed(event: SignedOutEverywhere) -> None:
    from optilearn.calendars.services import revoke_feed_of  # noqa: PLC0415 - needs models

    revoke_feed_of(event.person_id)
