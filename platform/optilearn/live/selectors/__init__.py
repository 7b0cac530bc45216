"""Reads of live classes and attendance."""

from __future__ import annotations

from optilearn.live.selectors.attendance import attendance_of, own_attendance
from optilearn.live.selectors.classes import live_class, live_classes
from optilearn.live.selectors.presence import people_in_room

__all__ = ["attendance_of", "live_class", "live_classes", "own_attendance", "people_in_room"]
