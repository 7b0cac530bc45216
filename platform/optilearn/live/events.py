"""The events of live classes."""

from __future__ import annotations

from dataclasses import dataclass

from optilearn.core.events import Event


@dataclass(frozen=True)
class LiveClassesScheduled(Event):
    """Live classes were scheduled or moved together."""

    class_id: int
    """The first of them."""
    others: int = 0
    """The number of the others."""


@dataclass(frozen=True)
class LiveClassesCancelled(Event):
    """Live classes were cancelled together."""

    class_id: int
    """The first of them."""
    others: int = 0
    """The number of the others."""


@dataclass(frozen=True)
class LiveClassStarting(Event):
    """A live class begins within minutes; published once for each time that it is set to."""

    class_id: int


@dataclass(frozen=True)
class RecordingReady(Event):
    """The recording of a live class can be watched; published once for each recording."""

    recording_id: int


@dataclass(frozen=True)
class StudentsAbsent(Event):
    """Students were absent from a class that has ended."""

    attendance_ids: tuple[int, ...]
