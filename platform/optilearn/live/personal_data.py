"""The treatment of attendance when a person is erased, and its columns in an export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from optilearn.core.personal_data import Rule, Treatment

RULES: Final = (
    Rule(
        "live_liveclass",
        "host_id",
        Treatment.RETAIN,
        "Who held a class is a record of the school; the id leads to an anonymized row.",
        shown=("id", "title", "starts_at", "ends_at", "status"),
    ),
    Rule(
        "live_recording",
        "started_by_id",
        Treatment.RETAIN,
        "Who began to record others is evidence; the id leads to an anonymized row. Nobody can be"
        " cut out of a recording: it ends with RECORDING_KEEP_DAYS, or when a host removes it.",
        shown=("id", "created_at", "recording_at", "stopped_at", "status"),
    ),
    Rule(
        "live_presenceevent",
        "person_id",
        Treatment.CASCADE,
        "When somebody came and left is measured once, in the attendance.",
    ),
    Rule(
        "live_attendance",
        "student_id",
        Treatment.ANONYMISE,
        "Attendance is a record the school must be able to account for; the words about the person"
        " go.",
        sets={"reason": "''"},
    ),
    Rule(
        "live_attendance",
        "corrected_by_id",
        Treatment.RETAIN,
        "Who corrected attendance is evidence; the id leads to an anonymized row.",
        shown=("id", "corrected_at", "status"),
    ),
)

NOT_PEOPLE: Final[Mapping[str, str]] = {
    "live_recording.upload_id": "the file that is awaited",
}
"""Plain columns that look as if they held a person's id or address, and what they hold."""
