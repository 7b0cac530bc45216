"""The life of enrollments besides learning: ends, returns, seats and the waiting list."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from optilearn.demo.springdale.calendar import TODAY, at
from optilearn.demo.springdale.curriculum import Plan
from optilearn.demo.springdale.learning import Learning
from optilearn.demo.springdale.people import Learner
from optilearn.demo.springdale.records import Course, Enrollment, Waiting

FULL: Final = "कला और शिल्प"
"""The elective of which every seat is taken."""
ROOMY: Final = ("Computer Science", 240)
"""An elective with a limit that isn't reached."""
TIMED: Final = ("Environmental Studies", 180)
"""An elective whose access ends so many days after enrolling."""
_EXPIRED_ON: Final = date(2026, 9, 14)
_RETURNED_BEFORE: Final = date(2026, 9, 10)
_SCHOOL_YEAR_ENDS: Final = date(2027, 3, 31)
_RETURNED, _EXPIRED, _WAITING, _LEFT = 6, 8, 12, 2
_REASONS: Final = (
    "Moved to another section",
    "Too much beside the other subjects",
    "Family moved to another city",
    "समय नहीं मिल पा रहा है",
    "दूसरा विषय चुना",
)
_HOLDING: Final = frozenset({"ACTIVE", "COMPLETED"})


@dataclass
class _Now:
    """The enrollments as they come to stand, by key, and what is known of each."""

    enrollments: dict[int, Enrollment]
    plan_of: dict[int, Plan]
    last_seen: dict[int, datetime] = field(default_factory=dict)
    """The last trace of each; who left none is missing."""


def settle(
    rng: Random, plans: list[Plan], learners: list[Learner], done: Learning
) -> tuple[list[Course], list[Waiting]]:
    """Change the enrollments; the courses with their limits, and who waits."""
    now = _Now({row.id: row for row in done.enrollments}, {p.course.id: p for p in plans})
    for submission in done.submissions:
        before = now.last_seen.get(submission.enrollment_id, submission.submitted_at)
        now.last_seen[submission.enrollment_id] = max(before, submission.submitted_at)
    for row in done.enrollments:
        if row.last_activity_at:
            before = now.last_seen.get(row.id, row.last_activity_at)
            now.last_seen[row.id] = max(before, row.last_activity_at)
    _end(rng, now)
    _return(rng, now)
    _expire(rng, now)
    done.enrollments = [now.enrollments[row.id] for row in done.enrollments]
    return _with_limits(plans, done.enrollments), _wait(rng, plans, learners, done.enrollments)


def _under_way(plan: Plan) -> bool:
    return plan.term.starts_on <= TODAY <= plan.term.ends_on


def _end(rng: Random, now: _Now) -> None:
    """Return withdrawals with their reasons, and ends of timed access."""
    for key, row in now.enrollments.items():
        plan = now.plan_of[row.course_id]
        if row.status == "WITHDRAWN":
            by = plan.course.creator_id if plan.grade else row.student_id
            reason = rng.choice(_REASONS)
            now.enrollments[key] = row._replace(withdrawn_by_id=by, withdrawal_reason=reason)
        elif _under_way(plan) and plan.course.title == TIMED[0]:
            # India's clocks never change, so a day is 24 hours long.
            ends = row.enrolled_at + timedelta(TIMED[1])
            now.enrollments[key] = row._replace(expires_at=ends)


def _return(rng: Random, now: _Now) -> None:
    """Some who withdrew came back, with all their work, until the school year ends."""
    before = at(_RETURNED_BEFORE, 0)
    left = [
        row
        for row in now.enrollments.values()
        if row.withdrawn_at and row.withdrawn_at < before and _under_way(now.plan_of[row.course_id])
    ]
    for row in rng.sample(left, _RETURNED):
        now.enrollments[row.id] = row._replace(
            status="ACTIVE",
            outcome=None,
            withdrawn_at=None,
            withdrawn_by_id=None,
            withdrawal_reason="",
            expires_at=row.expires_at or at(_SCHOOL_YEAR_ENDS, 86_399),
        )


def _expire(rng: Random, now: _Now) -> None:
    """For some who hadn't been seen for long the access ended."""
    moment = at(_EXPIRED_ON, 0)
    silent = [
        row
        for row in now.enrollments.values()
        if row.status == "ACTIVE"
        and row.expires_at is None
        and _under_way(now.plan_of[row.course_id])
        and now.last_seen.get(row.id, row.enrolled_at) < moment
    ]
    for row in rng.sample(silent, _EXPIRED):
        now.enrollments[row.id] = row._replace(status="EXPIRED", expires_at=moment)


def _with_limits(plans: list[Plan], enrollments: list[Enrollment]) -> list[Course]:
    held: dict[int, int] = defaultdict(int)
    for row in enrollments:
        held[row.course_id] += row.status in _HOLDING
    found = []
    for plan in plans:
        course = plan.course
        if _under_way(plan) and course.title == FULL:
            course = course._replace(max_enrollments=held[course.id])
        elif _under_way(plan) and course.title == ROOMY[0]:
            course = course._replace(max_enrollments=ROOMY[1])
        elif _under_way(plan) and course.title == TIMED[0]:
            course = course._replace(access_days=TIMED[1])
        found.append(course)
    return found


def _wait(
    rng: Random, plans: list[Plan], learners: list[Learner], enrollments: list[Enrollment]
) -> list[Waiting]:
    """Return the waiting list of the full elective: waiting, cancelled, and one who got a seat."""
    (course,) = (p.course for p in plans if _under_way(p) and p.course.title == FULL)
    own = {row.student_id: row for row in enrollments if row.course_id == course.id}
    others = [
        learner.person.id
        for learner in learners
        if learner.person.id not in own and learner.person.status == "ACTIVE"
    ]
    lucky = rng.choice([row for row in own.values() if row.status == "ACTIVE"])
    joined = lucky.enrolled_at - timedelta(days=2)
    found = [Waiting(1, course.id, lucky.student_id, "ENROLLED", 1, joined, lucky.enrolled_at)]
    moment = at(date(2026, 8, 3), 9 * 3600)
    for place, student in enumerate(rng.sample(others, _WAITING + _LEFT), start=2):
        moment += timedelta(minutes=rng.randrange(600, 4_000))
        has_left = place <= _LEFT + 1
        settled = moment + timedelta(days=3) if has_left else None
        status = "LEFT" if has_left else "WAITING"
        found.append(Waiting(place, course.id, student, status, place, moment, settled))
    return found
