from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """What people are told, how, and whether it has reached them."""

    name = "optilearn.notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what people are told of."""
        from optilearn.notifications.producers import events  # noqa: PLC0415  (needs models)

        events.register()
