"""Students' progress in the lessons of a course, by the lessons' own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from math import ceil
from random import Random
from typing import Final

from optilearn.demo.springdale.calendar import at
from optilearn.demo.springdale.curriculum import Plan
from optilearn.demo.springdale.records import Lesson, Progress

_CENT: Final = Decimal("0.01")
_FASTEST: Final = 2
"""The fastest speed at which a video can be watched."""


@dataclass(frozen=True)
class Use:
    """A student's use of a lesson: when, how long, and to the end or a share of it (percent)."""

    moments: tuple[datetime, ...]
    seconds: int
    is_finished: bool
    share: float


@dataclass(frozen=True)
class Work:
    """A student's work in a course. ``handed_in`` is the first submission for each lesson.

    ``handed_in`` is the first submission for each lesson. Who prepares for the examination
    catches up on what is missing on one of the days of ``revision``.
    """

    who: tuple[int, int]
    """Enrollment and student."""
    uses: Mapping[int, Use]
    handed_in: Mapping[int, datetime]
    revision: tuple[date, ...] = ()


def lesson_rows(rng: Random, plan: Plan, work: Work) -> list[Progress]:
    """A row for each lesson that the student began; their keys are still to be given."""
    rows = (_row(rng, lesson, work) for lesson in plan.lessons)
    return [row for row in rows if row is not None]


def share_done(plan: Plan, rows: list[Progress]) -> tuple[Decimal, datetime | None]:
    """The completed percentage of the required lessons, cut off; when all were, if they are."""
    required = {lesson.id for lesson in plan.lessons if lesson.is_required}
    done = [
        row.completed_at
        for row in rows
        if row.lesson_id in required and row.completed_at is not None
    ]
    share = (Decimal(100 * len(done)) / len(required)).quantize(_CENT, ROUND_DOWN)
    return share, max(done) if len(done) == len(required) else None


def _row(rng: Random, lesson: Lesson, work: Work) -> Progress | None:
    use = work.uses.get(lesson.id)
    completed_at = _completed_at(lesson, use, work.handed_in.get(lesson.id))
    seconds = use.seconds if use else 0
    if completed_at is None and lesson.is_required and work.revision:
        completed_at = at(rng.choice(work.revision), rng.randrange(57_600, 79_200))
        seconds += rng.randrange(120, 900)
    moments = [*(use.moments if use else ()), *([completed_at] if completed_at else ())]
    if not moments:
        return None
    stretches: list[tuple[int, int]] = []
    watched_pct = None
    if lesson.kind == "VIDEO" and lesson.duration_seconds:
        share = None if completed_at else use.share if use else 0
        stretches = _watched(rng, lesson.duration_seconds, share)
        seen = sum(end - start for start, end in stretches)
        watched_pct = (Decimal(100 * seen) / lesson.duration_seconds).quantize(_CENT, ROUND_DOWN)
        seconds = max(seconds, ceil(seen / _FASTEST))
    return Progress(
        id=0,
        enrollment_id=work.who[0],
        student_id=work.who[1],
        course_id=lesson.course_id,
        lesson_id=lesson.id,
        status="COMPLETED" if completed_at else "STARTED",
        completed_at=completed_at,
        seconds_spent=seconds,
        watched_pct=watched_pct,
        resume_seconds=stretches[-1][1] if stretches and completed_at is None else 0,
        watched=_literal(stretches) if stretches else None,
        started_at=min(moments),
        reported_at=max(moments),
    )


def _completed_at(lesson: Lesson, use: Use | None, handed_in: datetime | None) -> datetime | None:
    if lesson.completion == "SUBMITTED":
        return handed_in
    if use is None:
        return None
    if lesson.completion == "OPENED":
        return use.moments[0]
    return use.moments[min(1, len(use.moments) - 1)] if use.is_finished else None


def _watched(rng: Random, duration: int, share: float | None) -> list[tuple[int, int]]:
    """The stretches of a video; ``share`` None: enough of it to complete the lesson."""
    if share is None:
        skipped = rng.choice((0, 0, 0, duration // 40, duration // 12))
    else:  # less than the nine tenths that complete it
        skipped = duration - max(2, int(duration * min(share, 89.0) / 100))
    if not skipped:
        return [(0, duration)]
    if share is not None and rng.random() < 0.7:  # watched from the beginning, then left
        return [(0, duration - skipped)]
    start = rng.randrange(1, duration - skipped)  # a part in the middle was skipped
    return [(0, start), (start + skipped, duration)]


def _literal(stretches: list[tuple[int, int]]) -> str:
    return "{" + ",".join(f"[{start},{end})" for start, end in stretches) + "}"
