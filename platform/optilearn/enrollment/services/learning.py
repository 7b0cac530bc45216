"""A student in a lesson: opening it, reporting what was watched, marking it complete."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import clock
from optilearn.core.access.policies import STAFF, not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import Row, compose, row
from optilearn.enrollment import drip, policies
from optilearn.enrollment.fields import Intervals, literal, pairs
from optilearn.enrollment.selectors.access import LessonFacts
from optilearn.enrollment.selectors.entering import live_enrollment
from optilearn.enrollment.services import completion
from optilearn.enrollment.services.intervals import (
    clipped,
    first,
    length,
    merged,
    without,
)
from optilearn.enrollment.services.last_activity import touch

FASTEST: Final = 2
"""The speed at which players play at most: seconds of video in a second."""

MAX_CREDIT: Final = 120
"""Seconds of video that a report may claim beyond the time that passed: late packets, clocks."""

LATE: Final = timedelta(days=7)
"""After a lesson closed, earlier work of students who were offline is accepted this long."""

USUAL_WATCHED_PCT: Final = 90
"""The percent of a video to be watched if the lesson doesn't say."""

_COLUMNS: Final = (
    "status, completed_at, seconds_spent, watched_pct, resume_seconds, watched, started_at,"
    " reported_at, watch_credit"
)
_PROGRESS: Final = compose(
    "SELECT <columns> FROM enrollment_lessonprogress WHERE enrollment_id = %s AND lesson_id = %s",
    columns=_COLUMNS,
)
_UPDATE: Final = compose(
    "UPDATE enrollment_lessonprogress SET watched = %(watched)s::int4multirange,"
    " watched_pct = %(pct)s, seconds_spent = %(seconds)s, resume_seconds = %(resume)s,"
    " watch_credit = %(credit)s, reported_at = %(now)s"
    " WHERE enrollment_id = %(enrollment)s AND lesson_id = %(lesson)s RETURNING <columns>",
    columns=_COLUMNS,
)


@dataclass(frozen=True)
class Report:
    """The report of a player: time spent since the last one, stretches watched, its position."""

    seconds: int = 0
    watched: Intervals = ()
    resume_seconds: int | None = None


def open_lesson(*, principal: Principal, lesson_id: int) -> tuple[LessonFacts, Row | None]:
    """Open a lesson: return it and the student's progress in it, which begins here.

    Opening completes a lesson whose rule is OPENED. For managers it is a preview that leaves no
    trace (None). Raises as ``enter``.
    """
    lesson, found = policies.enter(principal, lesson_id)
    if found.enrollment is None or principal.role in STAFF:
        return lesson, None
    with transaction.atomic():
        enrollment = _lock(found.enrollment.id)
        touch([enrollment["id"]], clock.now())
        if lesson.completion == "OPENED":
            completion.complete_lesson(enrollment["id"], lesson_id)
        else:
            completion.start_lesson(enrollment["id"], lesson_id)
        return lesson, progress_of(enrollment["id"], lesson_id)


@transaction.atomic
def complete_by_hand(*, principal: Principal, lesson_id: int) -> Row:
    """Complete a lesson because the student says so; saying it again changes nothing.

    Only lessons whose rule is MARKED, and videos of unknown length, which can't be measured.
    Raises as ``enter``, and ``AppError`` CONFLICT for other lessons.
    """
    lesson, enrollment = _enter_as_student(principal, lesson_id)
    may_be_marked = lesson.completion == "MARKED" or (
        lesson.completion == "WATCHED" and not lesson.duration_seconds
    )
    if not may_be_marked:
        raise AppError(
            ErrorCode.CONFLICT,
            _("This lesson is completed by working in it. It can't be marked complete."),
            {"completion": lesson.completion},
        )
    touch([enrollment["id"]], clock.now())
    completion.complete_lesson(enrollment["id"], lesson_id)
    return progress_of(enrollment["id"], lesson_id)


@transaction.atomic
def report_progress(*, principal: Principal, lesson_id: int, report: Report) -> tuple[Row, int]:
    """Add what a player reports; the progress, and how many seconds of video were new.

    The server's clock decides. Since the lesson was opened (or, if it never was, since this
    report) a player can have played at most ``FASTEST`` times the time that passed; since its
    last report that, and ``MAX_CREDIT`` seconds more which it saved up before. What goes beyond
    is left out, the beginning counts. A phone that was offline for an hour may report an hour's
    work, and the same report twice changes nothing. ``seconds`` count up to the time that
    passed. Of a lesson that has closed since, what can have been played before it closed counts
    for ``LATE`` if it was opened by then. Raises as ``enter``; fees aren't asked.
    """
    lesson, found, open_in = policies.gate(principal, lesson_id, grace=LATE)
    policies.as_student(principal)
    enrollment = _lock(live_enrollment(found).id)
    now = clock.now()
    if open_in.closes_at is not None and open_in.closes_at <= now:
        now = open_in.closes_at
        begun = row(_PROGRESS, [enrollment["id"], lesson_id])
        if begun is None or begun["started_at"] is None or begun["started_at"] >= now:
            raise policies.locked(drip.Lock(drip.Reason.CLOSED))
    before = _begun(enrollment, lesson_id)
    began = before["started_at"] or enrollment["enrolled_at"] or now
    passed = _seconds(before["reported_at"] or began, now)
    in_all = _seconds(began, now)
    allowed = before["watch_credit"] + FASTEST * math.ceil(passed)
    playable = max(0, int(FASTEST * in_all) - length(before["watched"]))
    claimed = without(_within(lesson, report.watched), before["watched"])
    accepted = first(claimed, min(allowed, playable))
    watched = merged((*before["watched"], *accepted))
    spent = before["seconds_spent"] + min(max(report.seconds, 0), math.ceil(passed))
    seconds = max(before["seconds_spent"], min(spent, int(in_all)))
    new = length(accepted)
    after = _write(
        (enrollment["id"], lesson_id),
        {
            "watched": literal(watched),
            "pct": watched_pct(watched, lesson.duration_seconds),
            "seconds": min(seconds, 2**31 - 1),
            "resume": _resume(lesson, report, before),
            "credit": min(allowed - new, MAX_CREDIT),
            "now": now,
        },
    )
    touch([enrollment["id"]], now)
    is_news = after["status"] != "COMPLETED" and _is_satisfied(lesson, watched, seconds)
    if is_news and completion.complete_lesson(enrollment["id"], lesson_id):
        after = progress_of(enrollment["id"], lesson_id)
    return after, new


def _seconds(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())


def watched_pct(watched: Intervals, duration: int | None) -> Decimal | None:
    """Return the percentage that was watched, cut off; None if the length isn't known."""
    if not duration:
        return None
    share = Decimal(100 * length(clipped(watched, duration))) / duration
    return share.quantize(Decimal("0.01"), ROUND_DOWN)


def _is_satisfied(lesson: LessonFacts, watched: Intervals, seconds: int) -> bool:
    if lesson.completion == "TIME":
        return seconds >= (lesson.threshold or lesson.duration_seconds or 0)
    if lesson.completion == "WATCHED" and lesson.duration_seconds:
        wanted = USUAL_WATCHED_PCT if lesson.threshold is None else lesson.threshold
        seen = length(clipped(watched, lesson.duration_seconds))
        return 100 * seen >= min(wanted, 100) * lesson.duration_seconds
    return False


def _within(lesson: LessonFacts, stretches: Intervals) -> Intervals:
    found = merged(stretches)
    return clipped(found, lesson.duration_seconds) if lesson.duration_seconds else found


def _resume(lesson: LessonFacts, report: Report, before: Row) -> int:
    if report.resume_seconds is None:
        return int(before["resume_seconds"])
    return min(report.resume_seconds, lesson.duration_seconds or report.resume_seconds)


def _begun(enrollment: Row, lesson_id: int) -> Row:
    """Return the progress in a lesson, which begins now if it hasn't; the enrollment is locked."""
    found = row(_PROGRESS, [enrollment["id"], lesson_id])
    if found is None:
        completion.start_lesson(enrollment["id"], lesson_id)
        found = row(_PROGRESS, [enrollment["id"], lesson_id])
    return _read(found, lesson_id)


def _write(key: tuple[int, int], values: dict[str, Any]) -> Row:
    found = row(_UPDATE, values | {"enrollment": key[0], "lesson": key[1]})
    return _read(found, key[1])


def progress_of(enrollment_id: int, lesson_id: int) -> Row:
    """Return the progress in a lesson that was begun."""
    return _read(row(_PROGRESS, [enrollment_id, lesson_id]), lesson_id)


def _read(found: Row | None, lesson_id: int) -> Row:
    if found is None:
        raise LookupError(f"lesson {lesson_id} was never begun")
    return found | {"watched": pairs(found["watched"])}


def _enter_as_student(principal: Principal, lesson_id: int) -> tuple[LessonFacts, Row]:
    """Return the lesson and the caller's enrollment, its row locked. Raises as ``enter``."""
    lesson, found = policies.enter(principal, lesson_id, asks_fees=False)
    policies.as_student(principal)
    return lesson, _lock(live_enrollment(found).id)


def _lock(enrollment_id: int) -> Row:
    enrollment = completion.lock_enrollment(enrollment_id)
    if enrollment is None:
        raise not_found()
    return enrollment
