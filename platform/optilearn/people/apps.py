from django.apps import AppConfig

from optilearn.core.access.resolver import register_finder


class PeopleConfig(AppConfig):
    """Staff, students and parents, as OptiCRM knows them."""

    name = "optilearn.people"

    def ready(self) -> None:
        """Tell the door where people are found."""
        from optilearn.people.selectors import principal_from_claims  # noqa: PLC0415  (needs models)

        register_finder(principal_from_claims)
