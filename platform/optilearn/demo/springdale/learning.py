"""What students do: enrollment, use of lessons, work handed in, and how it ends."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from random import Random
from typing import Final

from optilearn.demo.springdale.calendar import TERMS, TODAY, at, days_of, is_school_day
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


@dataclass
class Learning:
    """Everything students do, collected with running keys."""

    enrollments: list[Enrollment] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


@dataclass
class _Study:
    """One student in one course while it is made up."""

    rng: Random
    learner: Learner
    plan: Plan
    key: int
    zeal: float
    """1 for a middling student, 0 for none at all."""
    days: tuple[date, date]
    """Enrolled on, and the last day there can be anything of."""
    last_use: datetime | None = None
    seconds: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    uses: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def zeal_on(self, day: date) -> float:
        """Who is at risk fades within three weeks of the week in which it began."""
        begins = self.learner.fades_after_week
        if begins is None:
            return self.zeal
        weeks = (day - self.plan.term.starts_on).days / 7 - begins
        return self.zeal * max(0.04, min(1.0, 1 - weeks / 3))


def learning(rng: Random, learners: list[Learner], plans: list[Plan]) -> Learning:
    """All enrollments of published courses, course by course, with what came of them."""
    made = Learning()
    grader = Grader(rng)
    taken = _electives_taken(rng, learners)
    for plan in plans:
        if plan.lessons:
            for learner in learners:
                if plan.grade:
                    comes = learner.person.class_name == f"Class {plan.grade}"
                else:
                    comes = plan.course.title in taken[plan.term.id, learner.person.id]
                if comes:
                    _study(made, grader, rng, learner, plan)
    made.events.sort(key=attrgetter("occurred_at", "enrollment_id"))  # as they would be recorded
    made.events = [event._replace(id=key) for key, event in enumerate(made.events, start=1)]
    return made


def _electives_taken(rng: Random, learners: list[Learner]) -> dict[tuple[int, int], list[str]]:
    """One elective for most students, two for some, in each term, by term and person."""
    return {
        (term.id, learner.person.id): rng.sample(ELECTIVES, rng.choice((1, 1, 1, 2)))
        for term in TERMS
        for learner in learners
    }


def _study(made: Learning, grader: Grader, rng: Random, learner: Learner, plan: Plan) -> None:
    end = min(plan.term.ends_on, TODAY)
    withdrawn_on = None
    if rng.random() < _WITHDRAWN:
        withdrawn_on = plan.term.starts_on + timedelta(rng.randint(10, 45))
        end = min(end, withdrawn_on)
    zeal = max(0.05, 1 + 0.38 * learner.diligence + rng.gauss(0, 0.15))
    enrolled_on = plan.term.starts_on + timedelta(rng.randint(-5, 4))
    study = _Study(rng, learner, plan, len(made.enrollments) + 1, zeal, (enrolled_on, end))
    _use(made, study)
    done = _progress(made, study)
    grades = grader.work(study.key, learner, plan, _mean_zeal(study), end)
    for submission in grades.submissions:
        made.submissions.append(submission._replace(id=len(made.submissions) + 1))
    made.enrollments.append(_enrollment(study, done, grades.percent, withdrawn_on))


def _mean_zeal(study: _Study) -> float:
    days = days_of(study.plan.term)
    return sum(study.zeal_on(day) for day in days[::7]) / len(days[::7])


def _use(made: Learning, study: _Study) -> None:
    """Events, day by day."""
    rng = study.rng
    for day in days_of(study.plan.term):
        if not study.days[0] < day <= study.days[1]:
            continue
        weekend = day.weekday() >= 5
        usual = _USE_ON_WEEKDAY[day.weekday()]
        chance = usual if weekend or is_school_day(day) else _USE_ON_HOLIDAY
        if rng.random() >= chance * study.zeal_on(day):
            continue
        hour = rng.choices(_HOURS, _HOUR_WEIGHTS)[0]
        second = hour * 3600 + rng.randrange(2400)
        for _ in range(rng.choices((1, 2, 3, 4), (35, 35, 20, 10))[0]):
            second = min(second + rng.randrange(20, 900), 86_399)
            _one_use(made, study, day, second)


def _one_use(made: Learning, study: _Study, day: date, second: int) -> None:
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
    made.events.append(Event(0, study.key, person, course, lesson_id, kind, moment, clicks))


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


def _progress(made: Learning, study: _Study) -> int:
    """Rows for the lessons used; how many of them are completed."""
    done = 0
    kinds = {lesson.id: lesson.kind for lesson in study.plan.lessons}
    for lesson_id, moments in sorted(study.uses.items()):
        completed = len(moments) > 1 or study.rng.random() < 0.55
        done += completed
        watched = None
        if kinds[lesson_id] == "VIDEO":
            share = 100.0 if completed else study.rng.uniform(3, 95)
            watched = Decimal(f"{share:.2f}")
        made.progress.append(
            Progress(
                id=len(made.progress) + 1,
                enrollment_id=study.key,
                student_id=study.learner.person.id,
                course_id=study.plan.course.id,
                lesson_id=lesson_id,
                status="COMPLETED" if completed else "STARTED",
                completed_at=moments[min(1, len(moments) - 1)] if completed else None,
                seconds_spent=study.seconds[lesson_id],
                watched_pct=watched,
                resume_seconds=0 if completed or watched is None else int(watched * 6),
            )
        )
    return done


def _enrollment(
    study: _Study, done: int, percent: float | None, withdrawn_on: date | None
) -> Enrollment:
    term, rng = study.plan.term, study.rng
    over = term.ends_on < TODAY
    status, outcome = "ACTIVE", None
    if withdrawn_on is not None:
        status, outcome = "WITHDRAWN", "WITHDRAWN"
    elif over:
        outcome = _outcome(percent)
        status = "ENDED" if outcome == "FAIL" else "COMPLETED"
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
        completed_at=at(term.ends_on, 16 * 3600) if status == "COMPLETED" else None,
        withdrawn_at=at(withdrawn_on, 12 * 3600) if withdrawn_on else None,
        last_activity_at=study.last_use,
        progress_pct=(Decimal(100 * done) / len(study.plan.lessons)).quantize(Decimal("0.01")),
        attributes=json.dumps(attributes, sort_keys=True),
        source="BULK" if study.plan.grade else "SELF",
    )


def _outcome(percent: float | None) -> str:
    if percent is None or percent < 33:
        return "FAIL"
    return "DISTINCTION" if percent >= 75 else "PASS"
