"""Springdale, a made-up school: for everything that a public dataset lacks.

About 600 students, 40 staff and 30 courses in two terms, the second one under way. Pure and
deterministic: the same seed gives the same school, row by row, on every machine.
"""

from __future__ import annotations

from random import Random
from typing import Final

from optilearn.demo.springdale.calendar import TERMS, ZONE_NAME
from optilearn.demo.springdale.coursework import coursework
from optilearn.demo.springdale.curriculum import curriculum
from optilearn.demo.springdale.exceptions import overrides, prerequisites
from optilearn.demo.springdale.learning import learning
from optilearn.demo.springdale.lifecycle import settle
from optilearn.demo.springdale.opinions import rated, ratings
from optilearn.demo.springdale.people import (
    ATTRIBUTES,
    STAFF_ROLES,
    classes,
    learners,
    parents,
    sections,
    staff,
)
from optilearn.demo.springdale.records import REFERENCES, TABLES, School
from optilearn.demo.springdale.school_life import school_life

SEED: Final = 2026
VERSION: Final = 4
"""Raised with every change of what a seed yields."""

__all__ = ["REFERENCES", "SEED", "TABLES", "VERSION", "ZONE_NAME", "School", "make_school"]


def make_school(seed: int = SEED) -> School:
    """The whole school."""

    def chance(part: str) -> Random:
        # A stream for each part, so that a change in one leaves the others as they were.
        return Random(f"{seed} {part}")

    people = staff(chance("staff"))
    students = learners(chance("students"), len(STAFF_ROLES) + 1)
    plans = curriculum(chance("courses"), chance("content"), people)
    done = learning(chance("learning"), chance("completing"), students, plans.plans)
    courses, waiting = settle(chance("lifecycle"), plans.plans, students, done)
    given = ratings(chance("ratings"), students, done.enrollments)
    pupils = [student.person for student in students]
    return School(
        {
            "institutions_term": TERMS,
            "institutions_attributedefinition": ATTRIBUTES,
            "crm_schoolclass": classes(),
            "crm_section": sections(),
            "people_person": [*people, *pupils, *parents(pupils)],
            "courses_course": rated(courses, given),
            "courses_coteacher": plans.co_teachers,
            "courses_prerequisite": prerequisites(plans.plans),
            "courses_module": plans.modules,
            "courses_lesson": plans.lessons,
            "courses_lessonoverride": overrides(chance("overrides"), plans.plans, done.enrollments),
            "enrollment_enrollment": done.enrollments,
            "enrollment_lessonprogress": done.progress,
            "enrollment_waitingentry": waiting,
            "enrollment_courserating": given,
            "activity_event": done.events,
            **coursework(chance, plans, done),
            **school_life(chance, plans.plans, (people, students), done),
        }
    )
