"""The messages between us and the process in which statements run.

A message is a byte that says what it is, and JSON or a piece of an Arrow stream: nothing that the
other side could make us run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Final

NOTE: Final = b"n"
"""JSON."""
DATA: Final = b"d"
"""An Arrow schema, then record batches."""
_FATAL: Final = frozenset(("memory", "broken", "damaged", "size"))


@dataclass(frozen=True)
class Bind:
    """The snapshot that a process serves, and how far it may go."""

    path: str
    attached_as: str
    statements: Sequence[str]
    names: Sequence[str]
    memory: str
    threads: int
    address_space: int

    def to_json(self) -> bytes:
        """Return the message."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Bind:
        """Read the message."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Question:
    """A statement, and the most that its result may be."""

    sql: str
    rows: int
    result_bytes: int
    seconds: float

    def to_json(self) -> bytes:
        """Return the message."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Question:
        """Read the message."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Copying:
    """Relations to write into a folder, as one DuckDB file or as Parquet files."""

    names: Sequence[str]
    is_parquet: bool
    folder: str
    file_bytes: int
    """The most that one file may have."""

    def to_json(self) -> bytes:
        """Return the message."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Copying:
        """Read the message."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Failed:
    """The end of a question that has no answer.

    ``reason`` is invalid (with ``problems``), failed (on a value), memory, size (of the result),
    broken (DuckDB failed) or damaged (the file can't be opened).
    """

    reason: str
    message: str = ""
    problems: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_fatal(self) -> bool:
        """True if the process has to be replaced."""
        return self.reason in _FATAL

    def to_wire(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"failed": asdict(self)}


def send_note(channel: Connection, note: dict[str, Any] | Failed) -> None:
    """Send a message of JSON."""
    wire = note.to_wire() if isinstance(note, Failed) else note
    channel.send_bytes(NOTE + json.dumps(wire).encode())


def describe(names: Sequence[str], types: Sequence[str]) -> list[dict[str, str]]:
    """Return the columns of a result, each under a name of its own."""
    known: set[str] = set()
    columns: list[dict[str, str]] = []
    for name, kind in zip(names, types, strict=True):
        unique, number = name, 1
        while unique.lower() in known:
            number += 1
            unique = f"{name}_{number}"
        known.add(unique.lower())
        columns.append({"name": unique, "type": kind})
    return columns
