"""The assessment of a copied course, in the order in which its records refer to each other."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.db import transaction

from optilearn.assessment.copying.services.assignments import copy_assignments, copy_peer_reviews
from optilearn.assessment.copying.services.grading import (
    copy_grade_groups,
    copy_group_sets,
    copy_policy,
    copy_rubrics,
)
from optilearn.assessment.copying.services.questions import copy_categories, copy_questions
from optilearn.assessment.copying.services.quizzes import copy_quizzes
from optilearn.assessment.copying.services.rows import Copy
from optilearn.core.tenancy.context import require_institution_id
from optilearn.courses.events import CourseCopied
from optilearn.institutions.selectors import institution_by_id

__all__ = ["copy_assessment"]


@transaction.atomic
def copy_assessment(event: CourseCopied) -> None:
    """Copy how a course is graded, its question bank, quizzes and assignments.

    Dates move as those of lessons do. Attempts, submissions, grades, extensions and
    accommodations are somebody's, and stay behind; so does what is archived. Nothing is copied
    for an author who doesn't manage the course, as its questions have their keys. At most 28
    statements, at any number of records.
    """
    if not event.by_manager:
        return
    zone = ZoneInfo(institution_by_id(require_institution_id()).time_zone)
    copy = Copy(event.course_id, event.copy_id, event.days, zone, event.lessons)
    copy_policy(copy)
    groups = copy_grade_groups(copy)
    rubrics = copy_rubrics(copy)
    group_sets = copy_group_sets(copy)
    assignments = copy_assignments(copy, groups, rubrics, group_sets)
    copy_peer_reviews(copy, assignments)
    categories = copy_categories(copy)
    questions = copy_questions(copy, categories)
    copy_quizzes(copy, assignments, categories, questions)
