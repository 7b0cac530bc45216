"""How many requests a caller may make in a minute."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from optilearn.core.access.principal import Principal
from optilearn.core.access.refusals import client_address
from optilearn.core.errors import ErrorCode
from optilearn.core.http.errors import refuse
from optilearn.core.valkey import ValkeyDownError, valkey

_WINDOW: Final = 60
_ANSWER_ALWAYS: Final = frozenset({"/api/health"})
_PROVIDERS: Final = "/api/webhooks/"
"""A provider sends all its reports from a few addresses, and stops if it is refused too often."""


_SIGNED: Final = "/api/files/objects/"
_signers: Final[list[Callable[[str], str | None]]] = []


class RateLimitMiddleware:
    """Counts requests of a principal, or of an address without one, and refuses too many.

    Counters are minutes in Valkey, shared by all processes; one command a request. Without
    Valkey nobody is refused: a limit protects the service, it isn't a wall.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on, or 429 with ``Retry-After``."""
        who, limit = _who(request)
        if not limit or _is_free(request.path):
            return self.get_response(request)
        moment = time.time()
        used = _count(f"optilearn:limit:{who}:{int(moment // _WINDOW)}")
        if used > limit:
            response = refuse(request, ErrorCode.RATE_LIMITED)
            response["Retry-After"] = str(int(_WINDOW - moment % _WINDOW) + 1)
        else:
            response = self.get_response(request)
        response["RateLimit-Limit"] = str(limit)
        response["RateLimit-Remaining"] = str(max(0, limit - used))
        return response


def _is_free(path: str) -> bool:
    return not path.startswith("/api/") or path in _ANSWER_ALWAYS or path.startswith(_PROVIDERS)


def _who(request: HttpRequest) -> tuple[str, int]:
    if (signed := _signed(request.path_info)) is not None:
        return signed, settings.RATE_LIMIT
    principal = getattr(request, "principal", None)
    if isinstance(principal, Principal):
        # By who really calls: acting as others doesn't multiply what one may ask.
        return f"{principal.institution_id}:{principal.caller_id}", settings.RATE_LIMIT
    return client_address(request), settings.RATE_LIMIT_ANONYMOUS


def _signed(path: str) -> str | None:
    """Whom a signed address counts for: the person who was given it, wherever it is used from.

    A whole school reads its videos from one address. They are counted apart from the person's
    other requests: who passes an address on is not shut out of the API by those who use it.
    """
    if not path.startswith(_SIGNED):
        return None
    token = path.removeprefix(_SIGNED)
    found = next((who for signer_of in _signers if (who := signer_of(token))), None)
    return f"signed:{found}" if found else None


def register_signed(signer_of: Callable[[str], str | None]) -> None:
    """Called once, by the app that signs addresses (core imports no app)."""
    _signers[:] = [signer_of]


def _count(key: str) -> int:
    try:
        used = int(valkey().call("INCR", key))
        if used == 1:  # every request asks this: one command, but for the minute's first
            valkey().call("EXPIRE", key, 2 * _WINDOW)
    except ValkeyDownError:
        return 0
    return used
