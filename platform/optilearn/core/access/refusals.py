"""Throttling of addresses that send invalid tokens.

Decrypting a token costs more than refusing a request, so this comes first. A token that was valid a
moment ago always passes: many people share one address.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

from optilearn.core.clock import now

_WINDOW: Final = 60
_MAX_ADDRESSES: Final = 10_000
_MAX_PROVEN: Final = 10_000


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


class Refusals:
    """Counts the refused tokens of the current minute, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._of: Counter[str] = Counter()
        self._proven: OrderedDict[int, None] = OrderedDict()

    def prove(self, token: str) -> None:
        """Record a valid token, by Python's keyed hash, not in clear."""
        key = hash(token)
        with self._lock:
            self._proven[key] = None
            self._proven.move_to_end(key)
            if len(self._proven) > _MAX_PROVEN:
                self._proven.popitem(last=False)

    def know(self, token: str) -> bool:
        """Return True if the token was valid lately, in this process."""
        return hash(token) in self._proven

    def are_too_many(self, address: str) -> bool:
        """Return True if the address has used up its attempts for this minute."""
        limit: int = settings.RATE_LIMIT_ANONYMOUS
        with self._lock:
            self._turn()
            return bool(limit) and self._of[address] >= limit

    def note(self, address: str) -> None:
        """Count one refused token."""
        with self._lock:
            self._turn()
            if len(self._of) < _MAX_ADDRESSES or address in self._of:
                self._of[address] += 1

    def _turn(self) -> None:
        minute = int(now().timestamp() // _WINDOW)
        if minute != self._minute:
            self._minute = minute
            self._of.clear()


refusals: Final = Refusals()
