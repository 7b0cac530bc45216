"""The question that ``core`` asks of the app that owns people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from optilearn.core.providers import Provider

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


def _nobody() -> PrincipalBackend:
    raise LookupError("No app that owns people is installed.")


principal_backend: Final = Provider[[], PrincipalBackend](_nobody)
"""``()``: the backend of the app that owns people, which loads it with the first request."""
