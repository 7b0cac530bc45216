"""Springdale, a made-up school: for everything that a public dataset lacks.

About 600 students, 40 staff and 30 courses in two terms, the second one under way. Pure and
deterministic: the same seed gives the same school, row by row, on every machine.
"""

from __future__ import annotations

from random import Random
from typing import Final

from optilearn.demo.springdale.calendar import TERMS, ZONE_NAME
from optilearn.demo.springdale.curriculum import curriculum
from optilearn.demo.springdale.learning import learning
from optilearn.demo.springdale.people import ATTRIBUTES, STAFF_ROLES, learners, staff
from optilearn.demo.springdale.records import REFERENCES, TABLES, School

SEED: Final = 2026
VERSION: Final = 1
"""Raised with every change of what a seed yields."""

__all__ = ["REFERENCES", "SEED", "TABLES", "VERSION", "ZONE_NAME", "School", "make_school"]


def make_school(seed: int = SEED) -> School:
    """The whole school."""
    # A stream of chance for each part, so that a change in one leaves the others as they were.
    people = staff(Random(f"{seed} staff"))
    students = learners(Random(f"{seed} students"), len(STAFF_ROLES) + 1)
    plans = curriculum(Random(f"{seed} courses"), people)
    done = learning(Random(f"{seed} learning"), students, plans.plans)
    return School(
        {
            "institutions_term": TERMS,
            "institutions_attributedefinition": ATTRIBUTES,
            "people_person": [*people, *(student.person for student in students)],
            "courses_course": [plan.course for plan in plans.plans],
            "courses_coteacher": plans.co_teachers,
            "courses_module": plans.modules,
            "courses_lesson": plans.lessons,
            "assessment_assignment": plans.assignments,
            "enrollment_enrollment": done.enrollments,
            "enrollment_lessonprogress": done.progress,
            "assessment_submission": done.submissions,
            "activity_event": done.events,
        }
    )
