"""What is told because time has passed: of dates that come near, of work, of absence.

Each scan reads a page, sends it in one short transaction, and goes on behind it. What was told
is remembered by ``once``: a scan that was killed, or runs twice, tells nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from optilearn.assessment.selectors import Grade, Missing, low_grades, missing
from optilearn.core.clock import now
from optilearn.enrollment.selectors.reminding import Away, Expiring, away, expiring
from optilearn.notifications.audiences import ParentsOf
from optilearn.notifications.models import DeliveryMark
from optilearn.notifications.producers.facts import points, policy_in_force, stamp
from optilearn.notifications.services import Item, send_each
from optilearn.notifications.suppression import REENGAGE

CHUNK: Final = 500
OVERDUE_FOR: Final = timedelta(hours=24)
LOST_AFTER: Final = timedelta(days=60)
"""Who has been away for longer isn't called back any more."""
LOW_FOR: Final = timedelta(days=3)
"""After a pause of the worker, parents don't hear of grades that are older."""

T = TypeVar("T")
P = TypeVar("P")


def remind_due() -> int:
    """Remind of work that is due soon and not handed in; how many messages are new."""
    until = timedelta(hours=policy_in_force().due_hours)
    return _tell_missing("LESSON_ASSIGNMENT_DUE_REMINDER", timedelta(0), until)


def tell_overdue() -> int:
    """Tell of work that was due in the last day and isn't there; how many messages are new."""
    return _tell_missing("LESSON_ASSIGNMENT_OVERDUE", -OVERDUE_FOR, timedelta(0))


def tell_expiring() -> int:
    """Tell of enrollments that end soon; how many messages are new."""
    until = now() + timedelta(days=policy_in_force().expiring_days)
    return _tell(
        "ENROLL_ACCESS_EXPIRING",
        lambda after: expiring(until, after=after, most=CHUNK),
        lambda one: one.id,
        lambda page: [_expiring(one) for one in page],
        start=0,
    )


def reengage() -> int:
    """Call back who has been in none of their courses for a while; how many messages are new.

    One for each of the institution's intervals of an absence, so that a reader who doesn't want
    them leaves no rows behind at every scan.
    """
    policy = policy_in_force()
    if not policy.reengage:
        return 0
    moment = now()
    until = moment - timedelta(days=policy.inactive_days)
    since = moment - max(LOST_AFTER, timedelta(days=policy.inactive_days))

    def items(page: Sequence[Away]) -> list[Item]:
        resting = _in_cooldown([one.student_id for one in page], policy.reengage_days)
        return [
            _away(one, policy.inactive_days, policy.reengage_days)
            for one in page
            if one.student_id not in resting
        ]

    return _tell(
        "REENGAGE_INACTIVE",
        lambda after: away(since, until, after=after, most=CHUNK),
        lambda one: one.student_id,
        items,
        start=0,
    )


def tell_low_grades() -> int:
    """Tell parents of low grades that have stood for the grace period; how many are new."""
    policy = policy_in_force()
    percent = policy.low_grade_percent
    until = now() - timedelta(minutes=policy.low_grade_grace_minutes)
    since = until - LOW_FOR
    return _tell(
        "PARENT_CHILD_LOW_GRADE",
        lambda after: low_grades(since, until, percent, after=after, most=CHUNK),
        lambda one: one.id,
        lambda page: [_low(one, percent) for one in page],
        start=0,
    )


def _tell(
    key: str,
    find: Callable[[P], Sequence[T]],
    place_of: Callable[[T], P],
    items: Callable[[Sequence[T]], list[Item]],
    *,
    start: P,
) -> int:
    """Send page by page; ``place_of`` the last of a page is where the next one begins."""
    told, place = 0, start
    while page := find(place):
        told += send_each(key=key, items=items(page))
        place = place_of(page[-1])
    return told


def _tell_missing(key: str, since: timedelta, until: timedelta) -> int:
    moment = now()
    return _tell(
        key,
        lambda after: missing(moment + since, moment + until, after=after, most=CHUNK),
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
        once=f"{one.assignment_id}:{stamp(one.due_at)}:{one.student_id}",
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
        once=f"{one.id}:{stamp(one.expires_at)}",
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
        once=f"{one.student_id}:{stamp(one.seen_at)}:{nth}",
    )


def _in_cooldown(person_ids: Sequence[int], days: int) -> set[int]:
    """Those who were called back lately: the rule would stop it, so no row is made either."""
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
