"""Writes of a course's question bank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from optilearn.assessment import policies as assessment_policies
from optilearn.assessment.models import (
    Question,
    QuestionCategory,
    QuestionVersion,
    QuizSlot,
)
from optilearn.assessment.quizzes import policies
from optilearn.assessment.quizzes.questions.content import (
    Content,
    content_of,
)
from optilearn.assessment.quizzes.services.cleaning import cleaned
from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid
from optilearn.courses.services.richtext import plain

_OF_A_VERSION: Final = frozenset({"text", "content", "feedback"})
MAX_DEPTH: Final = 10
"""Of categories in each other."""


@transaction.atomic
def add_category(*, principal: Principal, course_id: int, name: str, parent_id: int | None) -> int:
    """Add a category; return its id. Raises ``AppError`` FORBIDDEN, NOT_FOUND, VALIDATION_ERROR."""
    assessment_policies.managed(principal, course_id)
    _check_parent(course_id, None, parent_id)
    category = QuestionCategory.objects.create(
        course_id=course_id, name=plain(name), parent_id=parent_id
    )
    audit.record(
        action="question_category.create",
        actor=principal,
        target=f"question-category:{category.pk}",
    )
    return category.pk


@transaction.atomic
def update_category(*, principal: Principal, category_id: int, values: Mapping[str, Any]) -> int:
    """Rename or move a category; return the id of its course. Raises as ``add_category``."""
    category = _category(principal, category_id)
    if "parent_id" in values:
        _check_parent(category.course_id, category_id, values["parent_id"])
        category.parent_id = values["parent_id"]
    if "name" in values:
        category.name = plain(values["name"])
    category.save()
    audit.record(
        action="question_category.update",
        actor=principal,
        target=f"question-category:{category_id}",
    )
    return int(category.course_id)


@transaction.atomic
def delete_category(*, principal: Principal, category_id: int) -> None:
    """Delete a category without questions. Raises ``AppError`` CONFLICT for one that has some."""
    category = _category(principal, category_id)
    try:
        with transaction.atomic():
            category.delete()
    except (ProtectedError, IntegrityError):
        raise AppError(
            ErrorCode.CONFLICT, _("Move its questions first, and take it out of quizzes.")
        ) from None
    audit.record(
        action="question_category.delete",
        actor=principal,
        target=f"question-category:{category_id}",
    )


def _category(principal: Principal, category_id: int) -> QuestionCategory:
    category = QuestionCategory.objects.select_for_update().filter(pk=category_id).first()
    if category is None:
        raise not_found()
    assessment_policies.managed(principal, category.course_id)
    return category


def _check_parent(course_id: int, category_id: int | None, parent_id: int | None) -> None:
    """Check that the parent is the course's, and not the category itself or below it."""
    above, depth = parent_id, 0
    while above is not None:
        found = QuestionCategory.objects.filter(pk=above, course_id=course_id).first()
        depth += 1
        if found is None or above == category_id or depth > MAX_DEPTH:
            raise invalid(_("The category can't stand there."), "/parentId")
        above = found.parent_id


def _check_category(course_id: int, category_id: int | None) -> None:
    """Check that a category is the course's. Raises ``AppError`` VALIDATION_ERROR."""
    if category_id is None:
        return
    if not QuestionCategory.objects.filter(pk=category_id, course_id=course_id).exists():
        raise invalid(_("The course has no such category."), "/categoryId")


@transaction.atomic
def add_question(*, principal: Principal, course_id: int, values: Mapping[str, Any]) -> int:
    """Add a question to a course's bank; return its id.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND, VALIDATION_ERROR.
    """
    assessment_policies.managed(principal, course_id)
    _check_category(course_id, values["category_id"])
    content: Content = values["content"]
    question = Question.objects.create(
        course_id=course_id,
        category_id=values["category_id"],
        name=plain(values["name"]),
        kind=content.kind,
        tags=values["tags"],
        points=values["points"],
    )
    _add_version(principal, question, values)
    audit.record(action="question.create", actor=principal, target=f"question:{question.pk}")
    return question.pk


@transaction.atomic
def update_question(*, principal: Principal, question_id: int, values: Mapping[str, Any]) -> None:
    """Change a question. Changed text or key is a new version, which new attempts get.

    Attempts that have begun keep theirs. Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT if
    the type would change, VALIDATION_ERROR.
    """
    question = policies.managed_question(principal, question_id, lock=True)
    if "content" in values and values["content"].kind != question.kind:
        raise AppError(ErrorCode.CONFLICT, _("Add another question for another type."))
    if "category_id" in values:
        _check_category(question.course_id, values["category_id"])
    for name in values.keys() - _OF_A_VERSION:
        setattr(question, name, values[name])
    if _OF_A_VERSION & values.keys():
        _new_version(principal, question, values)
    question.name = plain(question.name)
    question.updated_at = clock.now()
    question.save()
    audit.record(
        action="question.update",
        actor=principal,
        target=f"question:{question_id}",
        details={"fields": sorted(values)},
    )


def _new_version(principal: Principal, question: Question, values: Mapping[str, Any]) -> None:
    newest = QuestionVersion.objects.get(question_id=question.pk, number=question.version)
    before: dict[str, Any] = {
        "text": newest.text,
        "content": content_of(newest.content),
        "feedback": newest.feedback,
    }
    question.version += 1
    _add_version(principal, question, before | dict(values))


def _add_version(principal: Principal, question: Question, values: Mapping[str, Any]) -> None:
    clean = cleaned(values["text"], values["content"], values["feedback"])
    QuestionVersion.objects.create(
        question=question,
        number=question.version,
        text=clean.text,
        content=clean.content,
        feedback=clean.feedback,
        fingerprint=clean.fingerprint,
        author_id=principal.caller_id,
    )


@transaction.atomic
def delete_question(*, principal: Principal, question_id: int) -> bool:
    """Delete a question; one that attempts have is archived. Return whether it is really gone.

    Raises ``AppError`` CONFLICT while a quiz has it.
    """
    question = policies.managed_question(principal, question_id, lock=True)
    slots = QuizSlot.objects.filter(question_id=question_id).order_by("quiz__lesson_id")
    if lessons := list(slots.values_list("quiz__lesson_id", flat=True)[:20]):
        raise AppError(
            ErrorCode.CONFLICT,
            _("Take this question out of its quizzes first."),
            {"reason": "IN_QUIZZES", "lessonIds": lessons},
        )
    is_gone = True
    try:
        with transaction.atomic():
            question.delete()
    except (ProtectedError, IntegrityError):
        is_gone = False
        question.archived_at, question.category = clock.now(), None
        question.save()
    action = "question.delete" if is_gone else "question.archive"
    audit.record(action=action, actor=principal, target=f"question:{question_id}")
    return is_gone
