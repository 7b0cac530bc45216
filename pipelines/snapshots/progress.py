"""Progress messages of a snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The steps of a snapshot, in order."""

    WAITING = "waiting"
    READING = "reading"
    BUILT = "built"
    SEALED = "sealed"
    CHECKED = "checked"
    STORED = "stored"
    PUBLISHED = "published"
    TIDIED = "tidied"


@dataclass(frozen=True)
class Step:
    """A step of a snapshot; while reading, with rows read and about how many there are."""

    stage: Stage
    institution: str
    rows: int = 0
    total: int = 0


Progress = Callable[[Step], None]


def silent(_: Step) -> None:
    """Ignore the progress."""
