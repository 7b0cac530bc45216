from __future__ import annotations

from functools import cache

from django.apps import AppConfig

from optilearn.core.access.principals import PrincipalBackend, principal_backend


class PeopleConfig(AppConfig):
    """Staff, students and parents, as OptiCRM knows them."""

    name = "optilearn.people"

    def ready(self) -> None:
        """Answer who a token is; commands that serve nobody import no cryptography."""
        principal_backend.set(_backend)


@cache
def _backend() -> PrincipalBackend:
    from optilearn.people import authentication  # noqa: PLC0415 - needs models, and is slow to import

    return PrincipalBackend(
        by_claims=authentication.principal_from_claims,
        by_api_token=authentication.principal_from_api_token,
        acting=authentication.principal_acting,
        is_api_token=authentication.is_api_token,
    )
