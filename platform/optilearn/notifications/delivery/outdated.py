"""Messages that were true when they were written and aren't any more when they could be sent.

A reminder of the evening waits for the morning, and the work is submitted at night; a grade is
corrected; an absent student comes back. Messages that waited are therefore checked once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from optilearn.assessment.selectors import scores_for, still_missing
from optilearn.core.clock import now
from optilearn.enrollment.selectors.reminding import ends_of, seen_since
from optilearn.notifications.delivery.due import DueDelivery
from optilearn.notifications.payloads import points

RECENT: Final = timedelta(minutes=15)
"""Younger messages aren't checked: they are as the scan found them."""


def outdated(deliveries: Sequence[DueDelivery]) -> frozenset[int]:
    """Return the ids of the deliveries that aren't true any more. One query for each key.

    Attempted ones are left alone: their readers may have them already.
    """
    waited: dict[str, list[DueDelivery]] = defaultdict(list)
    for d in deliveries:
        if d.key in _CHECKS and not (d.attempts or d.is_test) and now() - d.created_at > RECENT:
            waited[d.key].append(d)
    return frozenset(d.id for key, those in waited.items() for d in _CHECKS[key](those))


def _submitted(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Yield those whose work is submitted, not expected any more, or due at another time."""
    due = still_missing([(d.data["assignmentId"], d.person_id) for d in deliveries])
    for d in deliveries:
        if due.get((d.data["assignmentId"], d.person_id)) != _instant(d, "dueAt"):
            yield d


def _corrected(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Yield those whose score is another one by now, or whose work was submitted again."""
    scores = scores_for([(d.data["assignmentId"], d.data["childId"]) for d in deliveries])
    for d in deliveries:
        score = scores.get((d.data["assignmentId"], d.data["childId"]))
        if score is None or points(score) != d.data["score"]:
            yield d


def _prolonged(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Yield those whose access ends at another time, or never."""
    ends = ends_of([(d.person_id, d.data["courseId"]) for d in deliveries])
    for d in deliveries:
        if ends.get((d.person_id, d.data["courseId"])) != _instant(d, "expiresAt"):
            yield d


def _returned(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Return those whose student came back."""
    seen = seen_since({d.person_id: d.created_at for d in deliveries})
    return [d for d in deliveries if d.person_id in seen]


def _instant(d: DueDelivery, name: str) -> datetime:
    return datetime.fromisoformat(d.data[name])


_CHECKS: Final[dict[str, Callable[[Sequence[DueDelivery]], Iterable[DueDelivery]]]] = {
    "LESSON_ASSIGNMENT_DUE_REMINDER": _submitted,
    "LESSON_ASSIGNMENT_OVERDUE": _submitted,
    "PARENT_CHILD_LOW_GRADE": _corrected,
    "ENROLL_ACCESS_EXPIRING": _prolonged,
    "REENGAGE_INACTIVE": _returned,
}
