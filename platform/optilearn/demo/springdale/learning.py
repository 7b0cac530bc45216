"""Students' learning: enrollment, use of lessons, submissions, and outcomes."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from random import Random
from typing import Final

from optilearn.demo.springdale.calendar import (
    TERMS,
    TODAY,
    at,
    days_of,
    is_school_day,
    school_days_of,
)
from optilearn.demo.springdale.completing import Use, Work, lesson_rows, share_done
from optilearn.demo.springdale.curriculum import ELECTIVES, Plan
from optilearn.demo.springdale.grading import Grader
from optilearn.demo.springdale.people import Learner
from optilearn.demo.springdale.records import Enrollment, Event, Lesson, Progress, Submission

_VIEW, _PLAY, _DOWNLOAD, _POST, _ANSWER, _OTHER = 1, 2, 3, 4, 5, 6
_KIND_OF_USE: Final = {
    "TEXT": _VIEW,
    "VIDEO": _PLAY,
    "DOCUMENT": _DOWNLOAD,
    "QUIZ": _ANSWER,
    "ASSIGNMENT": _VIEW,
    "LIVE": _POST,
}
# The chance that a middling student uses a course on a day, Monday to Sunday, and on a holiday.
_USE_ON_WEEKDAY: Final = (0.40, 0.38, 0.36, 0.36, 0.30, 0.16, 0.24)
_USE_ON_HOLIDAY: Final = 0.07
# The local hour, weighted: in school until 15, at home from 16 to 22.
_HOURS: Final = tuple(range(7, 24))
_HOUR_WEIGHTS: Final = (1, 2, 4, 5, 5, 4, 2, 3, 4, 7, 9, 11, 12, 12, 9, 5, 2)
_WITHDRAWN: Final = 0.012
_THOROUGH: Final = 0.93
"""The share of those who pass that completes every lesson before the examination."""
_REVISION_DAYS: Final = 10


@dataclass
class Learning:
    """Everything students do, collected with running keys."""

    enrollments: list[Enrollment] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


@dataclass
class _Study:
    """One student in one course while it is being generated."""

    rng: Random
    learner: Learner
    plan: Plan
    key: int
    diligence: float
    """1 for a middling student, 0 for none at all."""
    days: tuple[date, date]
    """Enrolled on, and the last day there can be anything of."""
    last_use: datetime | None = None
    seconds: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    uses: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def diligence_on(self, day: date) -> float:
        """Return the diligence on a day; that of a student at risk fades within three weeks."""
        begins = self.learner.fades_after_week
        if begins is None:
            return self.diligence
        weeks = (day - self.plan.term.starts_on).days / 7 - begins
        return self.diligence * max(0.04, min(1.0, 1 - weeks / 3))


def learning(
    rng: Random, completing: Random, learners: list[Learner], plans: list[Plan]
) -> Learning:
    """All enrollments of published courses, course by course, with what came of them.

    ``completing`` is the chance in how far lessons are done.
    """
    into = Learning()
    grader = Grader(rng)
    chosen = _electives_chosen(rng, learners)
    for plan in plans:
        if plan.lessons:
            for learner in learners:
                if plan.grade:
                    comes = learner.person.class_name == f"Class {plan.grade}"
                else:
                    comes = plan.course.title in chosen[plan.term.id, learner.person.id]
                if comes:
                    _study(into, grader, (rng, completing), learner, plan)
    into.events.sort(key=attrgetter("occurred_at", "enrollment_id"))  # as they would be recorded
    into.events = [event._replace(id=key) for key, event in enumerate(into.events, start=1)]
    return into


def _electives_chosen(rng: Random, learners: list[Learner]) -> dict[tuple[int, int], list[str]]:
    """One elective for most students, two for some, in each term, by term and person."""
    return {
        (term.id, learner.person.id): rng.sample(ELECTIVES, rng.choice((1, 1, 1, 2)))
        for term in TERMS
        for learner in learners
    }


def _study(
    into: Learning, grader: Grader, chance: tuple[Random, Random], learner: Learner, plan: Plan
) -> None:
    rng = chance[0]
    end = min(plan.term.ends_on, TODAY)
    withdrawn_on = None
    if rng.random() < _WITHDRAWN:
        withdrawn_on = plan.term.starts_on + timedelta(rng.randint(10, 45))
        end = min(end, withdrawn_on)
    diligence = max(0.05, 1 + 0.38 * learner.diligence + rng.gauss(0, 0.15))
    enrolled_on = plan.term.starts_on + timedelta(rng.randint(-5, 4))
    study = _Study(rng, learner, plan, len(into.enrollments) + 1, diligence, (enrolled_on, end))
    _use(into, study)
    uses = _uses(study)
    grades = grader.work(study.key, learner, plan, _mean_diligence(study), end)
    for submission in grades.submissions:
        into.submissions.append(submission._replace(id=len(into.submissions) + 1))
    outcome = "WITHDRAWN" if withdrawn_on else None
    if withdrawn_on is None and plan.term.ends_on < TODAY:
        outcome = _outcome(grades.percent)
    lesson_of = {work.id: work.lesson_id for work in plan.assignments if work.lesson_id}
    handed_in: dict[int, datetime] = {}
    for submission in grades.submissions:
        if submission.assignment_id in lesson_of:
            handed_in.setdefault(lesson_of[submission.assignment_id], submission.submitted_at)
    who = (study.key, learner.person.id)
    work = Work(who, uses, handed_in, _revision(chance[1], study, outcome))
    share = _progress(into, chance[1], study, work)
    into.enrollments.append(_enrollment(study, share, (outcome, withdrawn_on)))


def _mean_diligence(study: _Study) -> float:
    days = days_of(study.plan.term)
    return sum(study.diligence_on(day) for day in days[::7]) / len(days[::7])


def _use(into: Learning, study: _Study) -> None:
    """Events, day by day."""
    rng = study.rng
    for day in days_of(study.plan.term):
        if not study.days[0] < day <= study.days[1]:
            continue
        weekend = day.weekday() >= 5
        usual = _USE_ON_WEEKDAY[day.weekday()]
        chance = usual if weekend or is_school_day(day) else _USE_ON_HOLIDAY
        if rng.random() >= chance * study.diligence_on(day):
            continue
        hour = rng.choices(_HOURS, _HOUR_WEIGHTS)[0]
        second = hour * 3600 + rng.randrange(2400)
        for _ in range(rng.choices((1, 2, 3, 4), (35, 35, 20, 10))[0]):
            second = min(second + rng.randrange(20, 900), 86_399)
            _one_use(into, study, day, second)


def _one_use(into: Learning, study: _Study, day: date, second: int) -> None:
    rng, moment = study.rng, at(day, second)
    study.last_use = moment
    lesson = _lesson_of(study, day)
    kind = _KIND_OF_USE[lesson.kind] if lesson else rng.choice((_POST, _OTHER))
    if lesson:
        study.uses[lesson.id].append(moment)
        study.seconds[lesson.id] += rng.randrange(45, 1500)
    clicks = 1 + min(40, int(rng.expovariate(0.45)))
    person, course = study.learner.person.id, study.plan.course.id
    lesson_id = lesson.id if lesson else None
    into.events.append(Event(0, study.key, person, course, lesson_id, kind, moment, clicks))


def _lesson_of(study: _Study, day: date) -> Lesson | None:
    """Mostly the newest lessons, now and then an older one or none."""
    plan, rng = study.plan, study.rng
    open_lessons = [
        lesson for lesson, opens in zip(plan.lessons, plan.opens_on, strict=True) if opens <= day
    ]
    draw = rng.random()
    if not open_lessons or draw < 0.05:
        return None
    return rng.choice(open_lessons if draw < 0.35 else open_lessons[-2:])


def _uses(study: _Study) -> dict[int, Use]:
    """Return the use of each lesson."""
    found = {}
    kinds = {lesson.id: lesson.kind for lesson in study.plan.lessons}
    for lesson_id, moments in sorted(study.uses.items()):
        is_finished = len(moments) > 1 or study.rng.random() < 0.55
        share = 100.0
        if kinds[lesson_id] == "VIDEO" and not is_finished:
            share = study.rng.uniform(3, 95)
        found[lesson_id] = Use(tuple(moments), study.seconds[lesson_id], is_finished, share)
    return found


def _progress(
    into: Learning, rng: Random, study: _Study, work: Work
) -> tuple[Decimal, datetime | None]:
    """Rows for the lessons begun; the share that is completed, and when all was, if it is."""
    rows = lesson_rows(rng, study.plan, work)
    for row in rows:
        into.progress.append(row._replace(id=len(into.progress) + 1))
        moment = row.completed_at
        if moment is None or row.lesson_id in work.uses or row.lesson_id in work.handed_in:
            continue
        # What was caught up on was used as well.
        kind = next(lesson.kind for lesson in study.plan.lessons if lesson.id == row.lesson_id)
        key = (study.key, study.learner.person.id, study.plan.course.id)
        into.events.append(Event(0, *key, row.lesson_id, _KIND_OF_USE[kind], moment, 1))
        study.last_use = max(study.last_use or moment, moment)
    return share_done(study.plan, rows)


def _revision(rng: Random, study: _Study, outcome: str | None) -> tuple[date, ...]:
    """The last school days of a term that is over, for most of those who passed."""
    is_thorough = rng.random() < _THOROUGH
    if outcome not in {"PASS", "DISTINCTION"} or not is_thorough:
        return ()
    return tuple(school_days_of(study.plan.term)[-_REVISION_DAYS:])


def _enrollment(
    study: _Study, share: tuple[Decimal, datetime | None], ended: tuple[str | None, date | None]
) -> Enrollment:
    rng = study.rng
    outcome, withdrawn_on = ended
    completed_at = share[1]
    status = "ENDED" if study.plan.term.ends_on < TODAY else "ACTIVE"
    if withdrawn_on is not None:
        status, completed_at = "WITHDRAWN", None
    elif completed_at is not None:
        status = "COMPLETED"
    attributes: dict[str, object] = {"batch": rng.choice(("Morning", "Afternoon"))}
    if study.learner.ability < -0.8:
        attributes["remedial"] = rng.random() < 0.7
    return Enrollment(
        id=study.key,
        student_id=study.learner.person.id,
        course_id=study.plan.course.id,
        status=status,
        outcome=outcome,
        enrolled_at=at(study.days[0], rng.randrange(28_800, 61_200)),
        completed_at=completed_at,
        withdrawn_at=at(withdrawn_on, 12 * 3600) if withdrawn_on else None,
        last_activity_at=study.last_use,
        progress_pct=share[0],
        attributes=json.dumps(attributes, sort_keys=True),
        source="BULK" if study.plan.grade else "SELF",
    )


def _outcome(percent: float | None) -> str:
    if percent is None or percent < 33:
        return "FAIL"
    return "DISTINCTION" if percent >= 75 else "PASS"
