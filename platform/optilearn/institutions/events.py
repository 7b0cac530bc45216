"""The events of institutions."""

from __future__ import annotations

from dataclasses import dataclass

from optilearn.core.events import Event


@dataclass(frozen=True)
class CalendarChanged(Event):
    """Terms, holidays or the time zone of the institution in force are others now."""
