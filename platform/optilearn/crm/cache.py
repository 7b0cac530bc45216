"""OptiCRM's answers, cached in Valkey for five minutes (docs/rules.md#opticrm)."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from optilearn.core.valkey import Valkey, ValkeyDownError

CACHE_SECONDS: Final = 300
_FORMAT: Final = 1
"""Increases when the format of cached values changes."""


class CrmCache:
    """Caches the JSON of ``data``. The institution is the first part of every key.

    A cached value begins with its own key, which is compared: a mix-up never answers with
    another institution's or another person's data.
    """

    def __init__(self, server: Valkey) -> None:
        self._server = server

    def find(self, institution_id: int, endpoint: str, key: str) -> bytes | None:
        """Return the cached answer, or None."""
        name = _name(institution_id, endpoint, key)
        with suppress(ValkeyDownError):
            value = self._server.call("GET", name)
            if isinstance(value, bytes) and value.startswith(_mark(name)):
                return value[len(_mark(name)) :]
        return None

    def store(self, institution_id: int, endpoint: str, key: str, data: bytes) -> None:
        """Cache it for five minutes."""
        name = _name(institution_id, endpoint, key)
        with suppress(ValkeyDownError):
            self._server.call("SET", name, _mark(name) + data, "EX", CACHE_SECONDS)

    def invalidate(self, institution_id: int, endpoint: str, key: str) -> None:
        """Remove it from the cache."""
        with suppress(ValkeyDownError):
            self._server.call("DEL", _name(institution_id, endpoint, key))


def _name(institution_id: int, endpoint: str, key: str) -> str:
    return f"optilearn:crm:{_FORMAT}:{int(institution_id)}:{endpoint}:{key}"


def _mark(name: str) -> bytes:
    return name.encode() + b"\n"
