"""Words for snapshots and their tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from optilearn.analytics.snapshot_requests import Requested, Stage

TABLES: Final[Mapping[str, Promise]] = {
    "terms": gettext_lazy("Terms"),
    "staff": gettext_lazy("Staff"),
    "students": gettext_lazy("Students"),
    "courses": gettext_lazy("Courses"),
    "modules": gettext_lazy("Modules"),
    "lessons": gettext_lazy("Lessons"),
    "enrollments": gettext_lazy("Enrollments"),
    "lesson_progress": gettext_lazy("Lesson progress"),
    "assignments": gettext_lazy("Assignments"),
    "submissions": gettext_lazy("Submissions"),
    "grades": gettext_lazy("Grades"),
    "questions": gettext_lazy("Questions"),
    "quiz_attempts": gettext_lazy("Quiz attempts"),
    "quiz_answers": gettext_lazy("Quiz answers"),
    "peer_reviews": gettext_lazy("Peer reviews"),
    "attendance": gettext_lazy("Attendance"),
    "activity": gettext_lazy("Activity"),
    "deliveries": gettext_lazy("Messages"),
    "discussion_posts": gettext_lazy("Discussion posts"),
}
STATES: Final[Mapping[str, tuple[Promise, str]]] = {
    "PUBLISHED": (gettext_lazy("Published"), "good"),
    "FAILED": (gettext_lazy("Failed"), "bad"),
    "PRUNED": (gettext_lazy("Removed"), "neutral"),
}
"""The name of each state, and the badge that it is shown in."""
KINDS: Final[Mapping[str, Promise]] = {
    "FULL": gettext_lazy("Full"),
    "INCREMENTAL": gettext_lazy("Changes only"),
}
SETTINGS: Final[Mapping[str, Promise]] = {
    "schema_version": gettext_lazy("Version of the tables"),
    "time_zone": gettext_lazy("Time zone"),
    "first_weekday": gettext_lazy("First day of the week"),
    "min_group_size": gettext_lazy("Smallest group that is shown"),
    "attributes": gettext_lazy("Your own attributes"),
}
_STAGES: Final[Mapping[Stage, tuple[Promise, str]]] = {
    Stage.WAITING: (gettext_lazy("Requested. It begins within half a minute."), "info"),
    Stage.RUNNING: (gettext_lazy("The snapshot is being taken."), "info"),
    Stage.PUBLISHED: (gettext_lazy("The new snapshot is in use."), "good"),
    Stage.UNCHANGED: (
        gettext_lazy("Nothing has changed: the snapshot in use is up to date."),
        "good",
    ),
    Stage.FAILED: (
        gettext_lazy("No snapshot could be taken. The last good one stays in use."),
        "bad",
    ),
}


def table(name: str) -> str:
    """Return the name of a table as people say it."""
    return str(TABLES.get(name, name))


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a snapshot as pages show it."""
    text, kind = STATES.get(row["status"], (row["status"], "neutral"))
    return {
        **row,
        "badge": {"text": str(text), "kind": kind},
        "kindText": str(KINDS.get(row["kind"], row["kind"])),
        "named": [(table(name), count) for name, count in row["tables"].items()],
    }


def progress(requested: Requested | None) -> dict[str, Any] | None:
    """Return a request as pages show it; None where there is none."""
    if requested is None:
        return None
    text, kind = _STAGES[requested.stage]
    return {
        "text": str(text),
        "kind": kind,
        "isOpen": requested.is_open,
        "isSlow": requested.is_slow,
        "at": requested.at,
        "problem": requested.problem,
    }
