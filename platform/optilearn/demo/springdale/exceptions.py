"""Exceptions: overrides of openings and closings, and prerequisites."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from optilearn.demo.springdale.calendar import TODAY, at
from optilearn.demo.springdale.curriculum import MODULES, Plan
from optilearn.demo.springdale.records import Enrollment, Lesson, Override, Prerequisite

CHAIN: Final = ("Computer Science", "Robotics Club")
"""The course of the second term needs that of the first, and the club needs both."""
_SECTIONS: Final = (
    ("6", "section-6A", 3, "The section is on an excursion until then."),
    ("8", "section-8C", -2, "कक्षा 8C का पाठ दो दिन पहले शुरू होगा।"),
)
"""Grade, section, days to move the opening of the last module by, reason."""
_STUDENTS: Final = (
    ("7", -7, None, "Leaves for the national games."),
    ("9", None, 7, "Medical leave: more time for the last quiz."),
    ("10", None, 5, "बीमारी के कारण अतिरिक्त समय।"),
    ("10", -3, 3, "Exchange visit."),
)
"""Grade, days to move the opening of the last module and the closing of its quiz by, reason."""


def prerequisites(plans: list[Plan]) -> list[Prerequisite]:
    """A chain of three courses."""
    elective, club = CHAIN
    first, second = (plan.course for plan in plans if plan.course.title == elective)
    (last,) = (plan.course for plan in plans if plan.course.title == club)
    return [Prerequisite(1, second.id, first.id), Prerequisite(2, last.id, second.id)]


def overrides(rng: Random, plans: list[Plan], enrollments: list[Enrollment]) -> list[Override]:
    """Two sections and a few students for code the end of the second term moves."""
    found: list[Override] = []
    for grade, section, days, reason in _SECTIONS:
        lesson, day = _last_opening(_second_term(plans, grade))
        opens = at(day + timedelta(days), 0)
        found.append(Override(0, lesson.course_id, lesson.id, None, section, opens, None, reason))
    for grade, opens_by, closes_by, reason in _STUDENTS:
        plan = _second_term(plans, grade)
        live = [e for e in enrollments if e.course_id == plan.course.id and e.status == "ACTIVE"]
        student = rng.choice(live).student_id
        for lesson, opens_at, closes_at in _moved(plan, opens_by, closes_by):
            found.append(
                Override(0, lesson.course_id, lesson.id, student, "", opens_at, closes_at, reason)
            )
    return [override._replace(id=key) for key, override in enumerate(found, start=1)]


def _moved(
    plan: Plan, opens_by: int | None, closes_by: int | None
) -> Iterator[tuple[Lesson, datetime | None, datetime | None]]:
    if opens_by is not None:
        lesson, day = _last_opening(plan)
        yield lesson, at(day + timedelta(opens_by), 0), None
    if closes_by is not None:
        (quiz,) = (lesson for lesson in plan.lessons if lesson.closes_at)
        if quiz.closes_at is not None:
            yield quiz, None, quiz.closes_at + timedelta(closes_by)


def _second_term(plans: list[Plan], grade: str) -> Plan:
    """The grade's first course of the term that is under way."""
    return next(plan for plan in plans if plan.grade == grade and plan.term.ends_on >= TODAY)


def _last_opening(plan: Plan) -> tuple[Lesson, date]:
    """The first lesson of the last module, which nobody has seen yet, and its day."""
    place = len(plan.lessons) - len(plan.lessons) // MODULES
    return plan.lessons[place], plan.opens_on[place]
