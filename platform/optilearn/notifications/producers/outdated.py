"""What was true when it was written, and isn't any more when it could go out.

A reminder of the evening waits for the morning, and the work is handed in at night; a grade is
corrected; an absent student comes back. What waited is looked at once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from optilearn.assessment.selectors import scores_for, still_missing
from optilearn.core.clock import now
from optilearn.enrollment.selectors.reminding import ends_of, seen_since
from optilearn.notifications.producers.facts import points

if TYPE_CHECKING:
    from optilearn.notifications.services.judging import Facts

WAITED: Final = timedelta(minutes=15)
"""What goes out sooner is as the scan saw it."""


def outdated(facts: Sequence[Facts]) -> frozenset[int]:
    """The deliveries among these that aren't true any more, by id. One query for each key.

    What was attempted is left alone: its reader may have it already.
    """
    waited: dict[str, list[Facts]] = defaultdict(list)
    for f in facts:
        if f.key in _CHECKS and not (f.attempts or f.is_test) and now() - f.created_at > WAITED:
            waited[f.key].append(f)
    return frozenset(f.id for key, those in waited.items() for f in _CHECKS[key](those))


def _handed_in(facts: Sequence[Facts]) -> Iterable[Facts]:
    """It is handed in, excused by its course's end, or due at another time."""
    due = still_missing([(f.data["assignmentId"], f.person_id) for f in facts])
    for f in facts:
        if due.get((f.data["assignmentId"], f.person_id)) != _instant(f, "dueAt"):
            yield f


def _corrected(facts: Sequence[Facts]) -> Iterable[Facts]:
    """The score is another one, or there is newer work."""
    scores = scores_for([(f.data["assignmentId"], f.data["childId"]) for f in facts])
    for f in facts:
        score = scores.get((f.data["assignmentId"], f.data["childId"]))
        if score is None or points(score) != f.data["score"]:
            yield f


def _prolonged(facts: Sequence[Facts]) -> Iterable[Facts]:
    """The access ends at another time, or never."""
    ends = ends_of([(f.person_id, f.data["courseId"]) for f in facts])
    for f in facts:
        if ends.get((f.person_id, f.data["courseId"])) != _instant(f, "expiresAt"):
            yield f


def _back(facts: Sequence[Facts]) -> Iterable[Facts]:
    """The student came back."""
    seen = seen_since({f.person_id: f.created_at for f in facts})
    return [f for f in facts if f.person_id in seen]


def _instant(f: Facts, name: str) -> datetime:
    return datetime.fromisoformat(f.data[name])


_CHECKS: Final[dict[str, Callable[[Sequence[Facts]], Iterable[Facts]]]] = {
    "LESSON_ASSIGNMENT_DUE_REMINDER": _handed_in,
    "LESSON_ASSIGNMENT_OVERDUE": _handed_in,
    "PARENT_CHILD_LOW_GRADE": _corrected,
    "ENROLL_ACCESS_EXPIRING": _prolonged,
    "REENGAGE_INACTIVE": _back,
}
