"""The assignments of a copied course, those of its quizzes among them."""

from __future__ import annotations

import secrets

from django.db.models import Exists, OuterRef

from optilearn.assessment.copying.services.rows import Copy, Ids, copied, ids
from optilearn.assessment.models import Assignment, PeerReviewSettings, Quiz


def copy_assignments(copy: Copy, groups: Ids, rubrics: Ids, group_sets: Ids) -> Ids:
    """Copy all settings of the assignments, with dates moved; return their ids.

    One whose lesson isn't copied is in no lesson; the quiz of such a lesson isn't copied.
    """
    left_out = Quiz.objects.filter(assignment=OuterRef("pk")).exclude(lesson_id__in=copy.lessons)
    found = Assignment.objects.filter(~Exists(left_out), course_id=copy.course_id, archived_at=None)
    old = list(found.order_by("id"))
    new = Assignment.objects.bulk_create(
        copied(
            one,
            course_id=copy.copy_id,
            lesson_id=_of(copy.lessons, one.lesson_id),
            group_id=_of(groups, one.group_id),
            rubric_id=_of(rubrics, one.rubric_id),
            group_set_id=_of(group_sets, one.group_set_id),
            opens_at=copy.moved(one.opens_at),
            due_at=copy.moved(one.due_at),
            closes_at=copy.moved(one.closes_at),
            version=1,
        )
        for one in old
    )
    return ids(old, new)


def copy_peer_reviews(copy: Copy, assignments: Ids) -> None:
    """Copy the settings of peer review, with another seed."""
    old = PeerReviewSettings.objects.filter(
        course_id=copy.course_id, assignment_id__in=list(assignments)
    )
    PeerReviewSettings.objects.bulk_create(
        copied(
            one,
            course_id=copy.copy_id,
            assignment_id=assignments[one.assignment_id],
            due_at=copy.moved(one.due_at),
            seed=secrets.randbelow(2**62),
        )
        for one in old.order_by("id")
    )


def _of(known: Ids, key: int | None) -> int | None:
    return None if key is None else known.get(key)
