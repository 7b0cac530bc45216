"""The quizzes of a copied course."""

from __future__ import annotations

from django.db.models import Q

from optilearn.assessment.copying.services.rows import Copy, Ids, copied, ids
from optilearn.assessment.models import Quiz, QuizSlot


def copy_quizzes(copy: Copy, assignments: Ids, categories: Ids, questions: Ids) -> None:
    """Copy the quizzes of copied lessons with their slots and settings, with dates moved."""
    found = Quiz.objects.filter(
        course_id=copy.course_id,
        lesson_id__in=list(copy.lessons),
        assignment_id__in=list(assignments),
    )
    old = list(found.order_by("id"))
    new = Quiz.objects.bulk_create(
        copied(
            one,
            course_id=copy.copy_id,
            lesson_id=copy.lessons[one.lesson_id],
            assignment_id=assignments[one.assignment_id],
            opens_at=copy.moved(one.opens_at),
            closes_at=copy.moved(one.closes_at),
            version=1,
        )
        for one in old
    )
    quizzes = ids(old, new)
    # What somebody adds to the course meanwhile isn't copied.
    slots = QuizSlot.objects.filter(
        Q(question_id=None) | Q(question_id__in=list(questions)),
        Q(category_id=None) | Q(category_id__in=list(categories)),
        quiz_id__in=list(quizzes),
    )
    QuizSlot.objects.bulk_create(
        copied(
            one,
            course_id=copy.copy_id,
            quiz_id=quizzes[one.quiz_id],
            question_id=None if one.question_id is None else questions[one.question_id],
            category_id=None if one.category_id is None else categories[one.category_id],
        )
        for one in slots.order_by("id")
    )
