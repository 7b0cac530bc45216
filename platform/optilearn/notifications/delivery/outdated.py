"""Messages that were true when they were written and aren't any more when they could be sent.

A reminder of the evening waits for the morning, and the work is submitted at night; a grade is
corrected; an absent student comes back. Messages that waited are therefore checked once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from optilearn.assessment.peer_reviews.selectors.messages import open_reviews
from optilearn.assessment.selectors import scores_for, still_missing
from optilearn.community.announcements.selectors.messages import gone_announcements
from optilearn.community.discussions.selectors.messages import gone_posts
from optilearn.community.messages.selectors.notices import waiting
from optilearn.compliance.selectors.messages import late_requirements, open_due_dates
from optilearn.core.clock import now
from optilearn.enrollment.selectors.reminding import ends_of, seen_since
from optilearn.live.recordings.selectors import recorded_classes
from optilearn.live.selectors.messages import absent_students, open_starts
from optilearn.notifications.delivery.due import DueDelivery
from optilearn.notifications.payloads import message_of, points, post_of
from optilearn.recognition.certificates.selectors.messages import valid_certificates

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


def _reviewed(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Yield those whose review isn't open any more, or is due at another time."""
    open_ones = {one.id: one for one in open_reviews({d.data["reviewId"] for d in deliveries})}
    for d in deliveries:
        review = open_ones.get(d.data["reviewId"])
        due_at = None if d.data["dueAt"] is None else _instant(d, "dueAt")
        if review is None or review.reviewer_id != d.person_id or review.due_at != due_at:
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


def _gone(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Return those whose announcement was withdrawn, or is over."""
    gone = gone_announcements({d.data["announcementId"] for d in deliveries})
    return [d for d in deliveries if d.data["announcementId"] in gone]


def _hidden(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Return those whose post was hidden or deleted."""
    posts = {d.id: post_of(d.dedupe) for d in deliveries}
    gone = gone_posts({post for post in posts.values() if post is not None})
    return [d for d in deliveries if posts[d.id] in gone]


def _read(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Return those whose message is read or gone, or of a conversation that was muted or left."""
    about = {d.id: message_of(d.dedupe) for d in deliveries}
    known = [(about[d.id], d) for d in deliveries]
    pairs = [(message, d.person_id) for message, d in known if message is not None]
    open_ones = waiting(pairs)
    return [d for message, d in known if message and (message, d.person_id) not in open_ones]


def _revoked(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Return those whose certificate isn't valid any more."""
    valid = valid_certificates({d.data["certificateId"] for d in deliveries})
    return [d for d in deliveries if d.data["certificateId"] not in valid]


def _returned(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Return those whose student came back."""
    seen = seen_since({d.person_id: d.created_at for d in deliveries})
    return [d for d in deliveries if d.person_id in seen]


def _rescheduled(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Yield those whose class is over, cancelled, or at another time."""
    starts = open_starts({d.data["sessionId"] for d in deliveries})
    for d in deliveries:
        if starts.get(d.data["sessionId"]) != _instant(d, "startsAt"):
            yield d


def _met(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Yield reminders of what isn't owed any more, or then, and heads' where nobody is late."""
    keys = {d.data["requirementId"] for d in deliveries}
    owed, late = open_due_dates(keys, {d.person_id for d in deliveries}), late_requirements(keys)
    for d in deliveries:
        key, due_on = d.data["requirementId"], date.fromisoformat(d.data["dueAt"])
        is_for_heads = bool(d.data["overdueCount"])
        if key not in late if is_for_heads else (key, d.person_id, due_on) not in owed:
            yield d


def _excused(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Yield those whose student isn't absent any more: somebody corrected it."""
    absent = absent_students({d.data["sessionId"] for d in deliveries})
    for d in deliveries:
        if (d.data["sessionId"], d.data["childId"]) not in absent:
            yield d


def _removed(deliveries: Sequence[DueDelivery]) -> Iterable[DueDelivery]:
    """Return those whose recording was removed."""
    recorded = recorded_classes({d.data["sessionId"] for d in deliveries})
    return [d for d in deliveries if d.data["sessionId"] not in recorded]


def _instant(d: DueDelivery, name: str) -> datetime:
    return datetime.fromisoformat(d.data[name])


_CHECKS: Final[dict[str, Callable[[Sequence[DueDelivery]], Iterable[DueDelivery]]]] = {
    "LESSON_ASSIGNMENT_DUE_REMINDER": _submitted,
    "LESSON_ASSIGNMENT_OVERDUE": _submitted,
    "PEER_REVIEW_ASSIGNED": _reviewed,
    "PEER_REVIEW_DUE_REMINDER": _reviewed,
    "PARENT_CHILD_LOW_GRADE": _corrected,
    "ENROLL_ACCESS_EXPIRING": _prolonged,
    "REENGAGE_INACTIVE": _returned,
    "ANNOUNCEMENT_POSTED": _gone,
    "DISCUSSION_REPLY": _hidden,
    "MESSAGE_RECEIVED": _read,
    "CERTIFICATE_ISSUED": _revoked,
    "CERTIFICATE_EXPIRING": _revoked,
    "LIVE_CLASS_SCHEDULED": _rescheduled,
    "LIVE_CLASS_STARTING": _rescheduled,
    "LIVE_CLASS_RECORDING_READY": _removed,
    "PARENT_CHILD_ABSENT": _excused,
    "COMPLIANCE_DUE_REMINDER": _met,
}
