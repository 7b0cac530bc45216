"""The registry through which ``core`` finds people, whom another app owns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from optilearn.core.access.principal import Principal
    from optilearn.core.access.tokens import SessionClaims


@dataclass(frozen=True)
class PrincipalBackend:
    """Resolves credentials to principals. Each callable raises ``TokenError`` if there is none."""

    by_claims: Callable[[SessionClaims], Principal]
    by_api_token: Callable[[str], Principal]
    acting: Callable[[Principal, str], Principal]
    """The principal that this one acts as, by a token issued for it."""
    is_api_token: Callable[[str], bool]


_loaders: Final[list[Callable[[], PrincipalBackend]]] = []


def register_principal_backend(load: Callable[[], PrincipalBackend]) -> None:
    """Register the backend; called once, by the app that owns people.

    ``load`` runs when the first request comes: commands that serve none import no cryptography.
    """
    _loaders[:] = [load]


def principal_backend() -> PrincipalBackend:
    """Return the registered backend."""
    return _loaders[0]()
