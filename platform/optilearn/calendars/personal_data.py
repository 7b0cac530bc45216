"""The treatment of calendars when a person is erased, and their columns in an export."""

from __future__ import annotations

from typing import Final

from optilearn.core.personal_data import Rule, Treatment

RULES: Final = (
    Rule(
        "calendars_calendarfeed",
        "person_id",
        Treatment.CASCADE,
        "An address of one's own calendar is of no use to anybody else.",
        shown=("id", "created_at"),
    ),
)
