"""OptiCRM's answers, kept in Valkey for as long as domain.md §3 allows; without Valkey: none."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from optilearn.core.valkey import Valkey, ValkeyDownError

KEPT_SECONDS: Final = 300
_FORM: Final = 1
"""Counts up when the form of what is kept changes."""


class CrmCache:
    """Keeps the JSON of ``data``. The institution is the first part of every key.

    A kept value begins with its own key, which is compared: whatever mixed two of them up,
    nobody gets another institution's, or another person's.
    """

    def __init__(self, server: Valkey) -> None:
        self._server = server

    def find(self, institution_id: int, endpoint: str, key: str) -> bytes | None:
        """What is kept."""
        name = _name(institution_id, endpoint, key)
        with suppress(ValkeyDownError):
            value = self._server.call("GET", name)
            if isinstance(value, bytes) and value.startswith(_mark(name)):
                return value[len(_mark(name)) :]
        return None

    def keep(self, institution_id: int, endpoint: str, key: str, data: bytes) -> None:
        """Keep it for five minutes."""
        name = _name(institution_id, endpoint, key)
        with suppress(ValkeyDownError):
            self._server.call("SET", name, _mark(name) + data, "EX", KEPT_SECONDS)

    def forget(self, institution_id: int, endpoint: str, key: str) -> None:
        """Keep it no longer."""
        with suppress(ValkeyDownError):
            self._server.call("DEL", _name(institution_id, endpoint, key))


def _name(institution_id: int, endpoint: str, key: str) -> str:
    return f"optilearn:crm:{_FORM}:{int(institution_id)}:{endpoint}:{key}"


def _mark(name: str) -> bytes:
    return name.encode() + b"\n"
