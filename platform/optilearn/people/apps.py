from django.apps import AppConfig

from optilearn.core.access.resolver import Finders, register_finders


class PeopleConfig(AppConfig):
    """Staff, students and parents, as OptiCRM knows them."""

    name = "optilearn.people"

    def ready(self) -> None:
        """Tell the door where people are found."""
        from optilearn.people import door  # noqa: PLC0415  (needs models)

        register_finders(
            Finders(
                by_claims=door.principal_from_claims,
                by_api_token=door.principal_from_api_token,
                acting=door.principal_acting,
                is_api_token=door.is_api_token,
            )
        )
