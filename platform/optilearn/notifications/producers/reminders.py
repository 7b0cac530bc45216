"""Notifications that the passing of time causes: due dates, overdue work, absence.

Each scan reads a page, sends it in one short transaction, and continues after it. ``once``
makes scans idempotent: one that was killed, or runs twice, sends nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from optilearn.assessment.peer_reviews.selectors.messages import due_reviews
from optilearn.assessment.selectors import Grade, Missing, low_grades, missing
from optilearn.core.clock import now
from optilearn.enrollment.selectors.reminding import Away, Expiring, away, expiring
from optilearn.notifications.audiences import ParentsOf
from optilearn.notifications.models import DeliveryMark
from optilearn.notifications.payloads import instant_key, points
from optilearn.notifications.policy import policy_in_force
from optilearn.notifications.producers.peer_reviews import review_item
from optilearn.notifications.rules import REENGAGE
from optilearn.notifications.services import Item, send_each

CHUNK: Final = 500
OVERDUE_FOR: Final = timedelta(hours=24)
LOST_AFTER: Final = timedelta(days=60)
"""A student who has been away for longer isn't reminded any more."""
LOW_FOR: Final = timedelta(days=3)
"""After a pause of the worker, older grades aren't sent to parents any more."""

T = TypeVar("T")
P = TypeVar("P")


def remind_due() -> int:
    """Remind of work that is due soon and not submitted; return how many messages are new."""
    until = timedelta(hours=policy_in_force().due_hours)
    return _remind_missing("LESSON_ASSIGNMENT_DUE_REMINDER", timedelta(0), until)


def remind_overdue() -> int:
    """Remind of work that became due in the last day and isn't submitted; return how many."""
    return _remind_missing("LESSON_ASSIGNMENT_OVERDUE", -OVERDUE_FOR, timedelta(0))


def remind_due_reviews() -> int:
    """Remind reviewers of open peer reviews that are due soon; return how many are new."""
    until = now() + timedelta(hours=policy_in_force().due_hours)
    return _send_pages(
        "PEER_REVIEW_DUE_REMINDER",
        lambda after: due_reviews(until, after=after, limit=CHUNK),
        lambda one: one.id,
        lambda page: [review_item(one) for one in page],
        start=0,
    )


def remind_expiring() -> int:
    """Remind of enrollments that end soon; return how many messages are new."""
    until = now() + timedelta(days=policy_in_force().expiring_days)
    return _send_pages(
        "ENROLL_ACCESS_EXPIRING",
        lambda after: expiring(until, after=after, limit=CHUNK),
        lambda one: one.id,
        lambda page: [_expiring(one) for one in page],
        start=0,
    )


def reengage() -> int:
    """Remind students who opened none of their courses for a while; return how many are new.

    At most one in each of the institution's intervals, so that a reader who doesn't want them
    gets no rows at every scan.
    """
    policy = policy_in_force()
    if not policy.reengage:
        return 0
    moment = now()
    until = moment - timedelta(days=policy.inactive_days)
    since = moment - max(LOST_AFTER, timedelta(days=policy.inactive_days))

    def items(page: Sequence[Away]) -> list[Item]:
        in_cooldown = _in_cooldown([one.student_id for one in page], policy.reengage_days)
        return [
            _away(one, policy.inactive_days, policy.reengage_days)
            for one in page
            if one.student_id not in in_cooldown
        ]

    return _send_pages(
        "REENGAGE_INACTIVE",
        lambda after: away(since, until, after=after, limit=CHUNK),
        lambda one: one.student_id,
        items,
        start=0,
    )


def notify_low_grades() -> int:
    """Notify parents of low grades that are older than the grace period; return how many."""
    policy = policy_in_force()
    percent = policy.low_grade_percent
    until = now() - timedelta(minutes=policy.low_grade_grace_minutes)
    since = until - LOW_FOR
    return _send_pages(
        "PARENT_CHILD_LOW_GRADE",
        lambda after: low_grades(since, until, percent, after=after, limit=CHUNK),
        lambda one: one.id,
        lambda page: [_low(one, percent) for one in page],
        start=0,
    )


def _send_pages(
    key: str,
    find: Callable[[P], Sequence[T]],
    place_of: Callable[[T], P],
    items: Callable[[Sequence[T]], list[Item]],
    *,
    start: P,
) -> int:
    """Send page by page; the next page begins after ``place_of`` the last of a page."""
    new, place = 0, start
    while page := find(place):
        new += send_each(key=key, items=items(page))
        place = place_of(page[-1])
    return new


def _remind_missing(key: str, since: timedelta, until: timedelta) -> int:
    moment = now()
    return _send_pages(
        key,
        lambda after: missing(moment + since, moment + until, after=after, limit=CHUNK),
        lambda one: (one.assignment_id, one.student_id),
        lambda page: [_missing(one, moment) for one in page],
        start=(0, 0),
    )


def _missing(one: Missing, moment: datetime) -> Item:
    return Item(
        to=one.student_id,
        data={
            "courseId": one.course_id,
            "courseTitle": one.course_title,
            "assignmentId": one.assignment_id,
            "assignmentTitle": one.assignment_title,
            "dueAt": one.due_at,
        },
        once=f"{one.assignment_id}:{instant_key(one.due_at)}:{one.student_id}",
        # A reminder that waited too long would come after what it reminds of.
        expires_at=one.due_at if one.due_at > moment else None,
    )


def _expiring(one: Expiring) -> Item:
    return Item(
        to=one.student_id,
        data={
            "courseId": one.course_id,
            "courseTitle": one.course_title,
            "expiresAt": one.expires_at,
        },
        once=f"{one.id}:{instant_key(one.expires_at)}",
        expires_at=one.expires_at,
    )


def _away(one: Away, inactive_days: int, every_days: int) -> Item:
    days = (now() - one.seen_at).days
    nth = (days - inactive_days) // every_days
    return Item(
        to=one.student_id,
        data={
            "courseId": one.course_id,
            "courseTitle": one.course_title,
            "daysAway": days,
            "progressPct": one.progress_pct,
        },
        once=f"{one.student_id}:{instant_key(one.seen_at)}:{nth}",
    )


def _in_cooldown(person_ids: Sequence[int], days: int) -> set[int]:
    """Return those reminded within the cooldown: the rule would skip them, so write no row."""
    marks = DeliveryMark.objects.filter(
        person_id__in=person_ids, mark=REENGAGE, at__gt=now() - timedelta(days=days)
    )
    return set(marks.values_list("person_id", flat=True))


def _low(one: Grade, percent: int) -> Item:
    return Item(
        to=ParentsOf(one.student_id),
        data={
            "childId": one.student_id,
            "childName": one.student_name,
            "courseId": one.course_id,
            "courseTitle": one.course_title,
            "assignmentId": one.assignment_id,
            "assignmentTitle": one.assignment_title,
            "score": points(one.score),
            "maxScore": points(one.max_score),
            "threshold": percent,
        },
        once=f"{one.assignment_id}:{one.student_id}",
    )
