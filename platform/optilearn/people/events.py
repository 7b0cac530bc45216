"""The events of people."""

from __future__ import annotations

from dataclasses import dataclass

from optilearn.core.events import Event


@dataclass(frozen=True)
class SignedOutEverywhere(Event):
    """All sessions of a person were ended."""

    person_id: int


@dataclass(frozen=True)
class Erasing(Event):
    """A person is about to be erased: what they have begun ends before their words go."""

    person_id: int
