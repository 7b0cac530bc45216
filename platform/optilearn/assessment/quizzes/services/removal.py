"""Quizzes go with their lessons, unless students have used them."""

from __future__ import annotations

from collections.abc import Collection

from optilearn.assessment.models import Assignment, Attempt, Quiz


def delete_unused(lesson_ids: Collection[int]) -> None:
    """Delete the quizzes of lessons that nobody has attempted, with their grades.

    One with attempts stays, and so its lesson can't be deleted: it is archived.
    """
    quizzes = Quiz.objects.filter(lesson_id__in=lesson_ids)
    used = Attempt.objects.filter(quiz__in=quizzes).values_list("quiz_id", flat=True)
    unused = quizzes.exclude(pk__in=set(used))
    assignments = list(unused.values_list("assignment_id", flat=True))
    unused.delete()
    Assignment.objects.filter(pk__in=assignments).delete()
