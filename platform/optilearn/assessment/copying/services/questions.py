"""The question bank of a copied course."""

from __future__ import annotations

from django.db.models import F, Q

from optilearn.assessment.copying.services.rows import Copy, Ids, copied, ids
from optilearn.assessment.models import Question, QuestionCategory, QuestionVersion, QuizSlot
from optilearn.core import clock


def copy_categories(copy: Copy) -> Ids:
    """Copy the categories, which stand in each other as before; return their ids."""
    old = list(QuestionCategory.objects.filter(course_id=copy.course_id).order_by("id"))
    new = QuestionCategory.objects.bulk_create(
        copied(one, course_id=copy.copy_id, parent_id=None) for one in old
    )
    known = ids(old, new)
    inner = []
    for one, category in zip(old, new, strict=True):
        if one.parent_id is not None:
            category.parent_id = known[one.parent_id]
            inner.append(category)
    QuestionCategory.objects.bulk_update(inner, ["parent"])
    return known


def copy_questions(copy: Copy, categories: Ids) -> Ids:
    """Copy the questions with their newest versions, which become the first; return their ids.

    An archived one comes along where a quiz has it.
    """
    in_quizzes = QuizSlot.objects.filter(course_id=copy.course_id, question__isnull=False)
    is_copied = Q(question__archived_at=None) | Q(question_id__in=in_quizzes.values("question_id"))
    found = (
        QuestionVersion.objects.select_related("question")
        .filter(is_copied, question__course_id=copy.course_id)
        .filter(number=F("question__version"))
    )
    versions = list(found.order_by("question_id"))
    old = [one.question for one in versions]
    now = clock.now()
    new = Question.objects.bulk_create(
        copied(
            one,
            course_id=copy.copy_id,
            category_id=categories.get(one.category_id) if one.category_id else None,
            version=1,
            created_at=now,
            updated_at=now,
        )
        for one in old
    )
    QuestionVersion.objects.bulk_create(
        copied(one, question_id=question.pk, number=1, created_at=now)
        for one, question in zip(versions, new, strict=True)
    )
    return ids(old, new)
