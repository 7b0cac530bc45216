"""The rate limit: requests that a caller may make in a minute."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from optilearn.core.access.principal import Principal
from optilearn.core.access.refusals import client_address
from optilearn.core.access.signing import signer_of
from optilearn.core.clock import now
from optilearn.core.errors import ErrorCode
from optilearn.core.http.errors import refuse
from optilearn.core.valkey import ValkeyDownError, valkey

_WINDOW: Final = 60
_UNLIMITED: Final = frozenset({"/api/health"})
_PROVIDERS: Final = "/api/webhooks/"
"""A provider sends all its reports from a few addresses, and stops if it is refused too often."""

_SIGNED: Final = "/api/files/objects/"
_FEEDS: Final = "/api/calendars/"
"""A calendar service fetches the feeds of a whole school from a few addresses."""
_LIMITED: Final = ("/api/", "/verify/")
"""The API, and the page that strangers try codes of certificates on."""


class RateLimitMiddleware:
    """Counts requests of a principal, or of an address without one, and refuses too many.

    Counters are kept per minute in Valkey, shared by all processes; one command a request.
    Without Valkey nobody is refused: the limit protects capacity, not data.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on, or 429 with ``Retry-After``."""
        caller, limit = _caller(request)
        if not limit or _is_free(request.path):
            return self.get_response(request)
        moment = now().timestamp()
        used = _count(f"optilearn:limit:{caller}:{int(moment // _WINDOW)}")
        if used > limit:
            response = refuse(request, ErrorCode.RATE_LIMITED)
            response["Retry-After"] = str(int(_WINDOW - moment % _WINDOW) + 1)
        else:
            response = self.get_response(request)
        response["RateLimit-Limit"] = str(limit)
        response["RateLimit-Remaining"] = str(max(0, limit - used))
        return response


def _is_free(path: str) -> bool:
    return not path.startswith(_LIMITED) or path in _UNLIMITED or path.startswith(_PROVIDERS)


def _caller(request: HttpRequest) -> tuple[str, int]:
    if (signed := _signed(request.path_info)) is not None:
        return signed, settings.RATE_LIMIT
    if request.path_info.startswith(_FEEDS):
        return f"feed:{hashlib.sha256(request.path_info.encode()).hexdigest()}", settings.RATE_LIMIT
    principal = getattr(request, "principal", None)
    if isinstance(principal, Principal):
        # By the real caller: acting as others doesn't multiply the limit.
        return f"{principal.institution_id}:{principal.caller_id}", settings.RATE_LIMIT
    return client_address(request), settings.RATE_LIMIT_ANONYMOUS


def _signed(path: str) -> str | None:
    """Return the caller that a signed address counts for: the person it was issued to.

    A whole school watches videos from one IP address. They are counted apart from the person's
    other requests: sharing an address doesn't lock its owner out of the API.
    """
    if not path.startswith(_SIGNED):
        return None
    signer = signer_of(path.removeprefix(_SIGNED))
    return f"signed:{signer}" if signer else None


def _count(key: str) -> int:
    try:
        used = int(valkey().call("INCR", key))
        if used == 1:  # one command for each request, two for the first of a minute
            valkey().call("EXPIRE", key, 2 * _WINDOW)
    except ValkeyDownError:
        return 0
    return used
