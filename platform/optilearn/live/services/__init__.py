"""Writes of live classes."""

from __future__ import annotations

from optilearn.live.services.attendance import correct_attendance
from optilearn.live.services.changing import Scope, cancel, change
from optilearn.live.services.rooms import Entry, Report, enter_room, report_presence
from optilearn.live.services.running import announce_starting, end, end_overdue, start
from optilearn.live.services.scheduling import Plan, schedule

__all__ = [
    "Entry",
    "Plan",
    "Report",
    "Scope",
    "announce_starting",
    "cancel",
    "change",
    "correct_attendance",
    "end",
    "end_overdue",
    "enter_room",
    "report_presence",
    "schedule",
    "start",
]
