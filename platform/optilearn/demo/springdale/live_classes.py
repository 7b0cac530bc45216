"""Weekly live classes of the courses under way, and who was there, by the product's own rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from optilearn.demo.springdale.calendar import HOLIDAYS, TODAY, ZONE, at
from optilearn.demo.springdale.curriculum import Plan
from optilearn.demo.springdale.people import Learner
from optilearn.demo.springdale.records import Enrollment
from optilearn.demo.springdale.school_life_records import Attendance, LiveClass, LiveSeries
from optilearn.institutions.options import attendance_percent
from optilearn.live.presence import Span, result_of
from optilearn.live.series import dates_of

_NOW: Final = at(TODAY, 18 * 3600)
_HOURS: Final = (15, 16, 17)
_LENGTH: Final = timedelta(minutes=45)
_SCHEDULED_BEFORE: Final = timedelta(days=3)
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR")
_ABSENT, _LEFT_EARLY, _CORRECTED = 0.08, 0.07, 0.05
"""Shares of a middling student's classes, and of absences that are corrected later."""


@dataclass
class LiveClasses:
    """All live classes, collected with running keys."""

    series: list[LiveSeries] = field(default_factory=list)
    classes: list[LiveClass] = field(default_factory=list)
    attendance: list[Attendance] = field(default_factory=list)


def live_classes(
    rng: Random, plans: list[Plan], learners: list[Learner], enrollments: list[Enrollment]
) -> LiveClasses:
    """One class a week for each course under way, so far; classes on holidays are cancelled."""
    found = LiveClasses()
    named = {learner.person.id: learner for learner in learners}
    for number, plan in enumerate(plans):
        _schedule(rng, found, plan, weekday=number % 5)
        own = [row for row in enrollments if row.course_id == plan.course.id]
        for one in found.classes:
            if one.course_id == plan.course.id and one.status == "ENDED":
                _attend(rng, found, one, [(row, named[row.student_id]) for row in own])
    return found


def _schedule(rng: Random, found: LiveClasses, plan: Plan, *, weekday: int) -> None:
    first = plan.term.starts_on + timedelta(days=(weekday - plan.term.starts_on.weekday()) % 7)
    weeks = (plan.term.ends_on - first).days // 7 + 1
    start = datetime.combine(first, datetime.min.time()).replace(hour=rng.choice(_HOURS))
    dates = dates_of(f"FREQ=WEEKLY;BYDAY={_DAYS[weekday]};COUNT={weeks}", start, ZONE)
    created = at(plan.term.starts_on - _SCHEDULED_BEFORE, 11 * 3600)
    series = LiveSeries(len(found.series) + 1, plan.course.id, dates.rule, created)
    found.series.append(series)
    held = [starts_at for starts_at in dates.starts if starts_at + _LENGTH <= _NOW]
    for number, starts_at in enumerate(held, start=1):
        # Those to come are left out: by the clock of whoever loads the school they are past, and
        # would end with nobody there.
        ends_at = starts_at + _LENGTH
        late = timedelta(seconds=rng.randrange(20, 240))
        is_over = starts_at.astimezone(ZONE).date() not in HOLIDAYS
        found.classes.append(
            LiveClass(
                id=len(found.classes) + 1,
                course_id=plan.course.id,
                series_id=series.id,
                title=f"{plan.course.title}, {number}",
                starts_at=starts_at,
                ends_at=ends_at,
                host_id=plan.course.creator_id,
                status="ENDED" if is_over else "CANCELLED",
                room=f"room-{rng.getrandbits(128):032x}",
                notice_count=1 if is_over else 2,
                reminded_at=starts_at - timedelta(minutes=10) if is_over else None,
                started_at=starts_at + late if is_over else None,
                ended_at=ends_at if is_over else None,
                created_at=created,
            )
        )


def _attend(
    rng: Random, found: LiveClasses, held: LiveClass, own: list[tuple[Enrollment, Learner]]
) -> None:
    span = Span(held.started_at or held.starts_at, held.ended_at or held.ends_at)
    for row, learner in own:
        has_left = row.withdrawn_at is not None and row.withdrawn_at <= held.starts_at
        has_lapsed = row.expires_at is not None and row.expires_at <= held.starts_at
        if row.enrolled_at > held.starts_at or has_left or has_lapsed:
            continue
        stay = _stay(rng, learner, span)
        measured = result_of([stay] if stay else [], span, attendance_percent({})).value
        is_corrected = measured == "ABSENT" and rng.random() < _CORRECTED
        found.attendance.append(
            Attendance(
                id=len(found.attendance) + 1,
                live_class_id=held.id,
                enrollment_id=row.id,
                student_id=row.student_id,
                course_id=row.course_id,
                status="PRESENT" if is_corrected else measured,
                measured=measured,
                present_seconds=round(stay.length.total_seconds()) if stay else 0,
                held_at=span.start,
                class_seconds=round(span.length.total_seconds()),
                first_at=stay.start if stay else None,
                last_at=stay.end if stay else None,
                corrected_by_id=held.host_id if is_corrected else None,
                corrected_at=span.end + timedelta(hours=2) if is_corrected else None,
                reason="Followed the class from the hospital." if is_corrected else "",
            )
        )


def _stay(rng: Random, learner: Learner, span: Span) -> Span | None:
    """Return the time that the student was in the room; the diligent come and stay."""
    luck = rng.random() / max(0.3, 1 + 0.4 * learner.diligence)
    if luck < _ABSENT:
        return None
    start = span.start + timedelta(seconds=rng.randrange(0, 180))
    if luck < _ABSENT + _LEFT_EARLY:
        return Span(start, start + timedelta(seconds=rng.randrange(200, 1_300)))
    return Span(start, span.end - timedelta(seconds=rng.randrange(0, 120)))
