"""Faults that are injected on purpose."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

EVERYWHERE: Final = "*"


class Kind(StrEnum):
    """Ways to fail."""

    SLOW = "slow"
    """The work is done at once and the answer comes ``seconds`` later."""
    STATUS = "status"
    """``status`` with an error, and ``Retry-After`` if ``retry_after`` is given."""
    DROP = "drop"
    """The connection is closed without an answer; the work is done."""
    HALF = "half"
    """Half of the body comes, then the connection is closed."""
    DRIBBLE = "dribble"
    """The body comes byte by byte, one in each ``seconds``."""
    NOT_JSON = "notJson"
    WRONG_TYPES = "wrongTypes"
    """JSON in which every value is of another type than promised."""
    LYING = "lying"
    """The answer says that it is another institution's."""
    STRANGER = "stranger"
    """The answer is about somebody else than who was asked for."""


@dataclass
class Fault:
    """A way to fail, for as many answers as ``times`` (None: until it is cleared)."""

    kind: Kind
    seconds: float = 0.0
    status: int = 500
    retry_after: str | None = None
    times: int | None = None


@dataclass
class Faults:
    """The faults in force, by endpoint; those of every endpoint stand under ``*``."""

    _by_endpoint: dict[str, Fault] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, endpoint: str, fault: Fault) -> None:
        """From now on the endpoint fails so."""
        with self._lock:
            self._by_endpoint[endpoint] = fault

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self._by_endpoint.clear()

    def next(self, endpoint: str) -> Fault | None:
        """Return the fault of this answer, if any."""
        with self._lock:
            for name in (endpoint, EVERYWHERE):
                fault = self._by_endpoint.get(name)
                if fault is None:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        del self._by_endpoint[name]
                return fault
        return None


def of_wrong_types(value: Any) -> Any:
    """The same shape with other types in it."""
    if isinstance(value, dict):
        return {
            name: inner if name == "institutionId" else of_wrong_types(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return {"items": [of_wrong_types(inner) for inner in value]}
    return [value] if isinstance(value, str) else "?"


def of_another_institution(value: Any) -> Any:
    """The same answer with a neighbour's id in it."""
    if isinstance(value, dict):
        inner = {name: of_another_institution(part) for name, part in value.items()}
        return inner | {"institutionId": "crm-of-a-neighbour"}
    if isinstance(value, list):
        return [of_another_institution(part) for part in value]
    return value


def of_a_stranger(value: Any) -> Any:
    """The same answer about somebody else."""
    if isinstance(value, dict):
        return {
            name: f"{inner}-stranger" if name in {"id", "studentId"} else inner
            for name, inner in value.items()
        }
    return value
