"""How many requests a caller may make in a minute."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from optilearn.core.access.principal import Principal
from optilearn.core.errors import ErrorCode
from optilearn.core.http.errors import refuse
from optilearn.core.valkey import ValkeyDownError, valkey

_WINDOW: Final = 60
_ANSWER_ALWAYS: Final = frozenset({"/api/health"})
_PROVIDERS: Final = "/api/webhooks/"
"""A provider sends all its reports from a few addresses, and stops if it is refused too often."""


class RateLimitMiddleware:
    """Counts requests of a principal, or of an address without one, and refuses too many.

    Counters are minutes in Valkey, shared by all processes; one message a request. Without
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
    principal = getattr(request, "principal", None)
    if isinstance(principal, Principal):
        # By who really calls: acting as others doesn't multiply what one may ask.
        person = principal.actor_id or principal.person_id
        return f"{principal.institution_id}:{person}", settings.RATE_LIMIT
    return client_address(request), settings.RATE_LIMIT_ANONYMOUS


def client_address(request: HttpRequest) -> str:
    """The caller's address: what the outermost of our own proxies saw."""
    return address_from(request.META)


def address_from(environ: Mapping[str, Any]) -> str:
    """The same from WSGI's environment."""
    hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    trusted: int = settings.TRUSTED_PROXIES
    if trusted and len(hops) >= trusted and hops[-trusted].strip():
        return str(hops[-trusted]).strip()[:64]
    return str(environ.get("REMOTE_ADDR", ""))


def _count(key: str) -> int:
    try:
        used, _ = valkey().together(("INCR", key), ("EXPIRE", key, 2 * _WINDOW))
    except ValkeyDownError:
        return 0
    return int(used)
