"""The questions of a new attempt: fixed ones, and random ones of the bank."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet

from optilearn.assessment.models import (
    Question,
    QuestionCategory,
    QuestionVersion,
    Quiz,
    QuizSlot,
)

_random: Final = random.SystemRandom()


@dataclass(frozen=True)
class Drawn:
    """A question of a new attempt, as its newest version has it."""

    version: QuestionVersion
    kind: str
    points: Decimal


def draw_paper(quiz: Quiz) -> list[Drawn]:
    """Return the questions of a new attempt, in its order; none is there twice.

    A slot that asks for more than the bank has left gets what there is. Three queries, and two
    for each slot that draws.
    """
    slots = list(QuizSlot.objects.filter(quiz_id=quiz.pk).order_by("position", "id"))
    chosen: dict[int, tuple[Question, Decimal | None]] = {}
    fixed = [slot.question_id for slot in slots if slot.question_id is not None]
    questions = Question.objects.in_bulk(fixed)
    for slot in slots:
        if slot.question_id is not None:
            found = [questions[slot.question_id]]
        else:
            found = _drawn(slot, {*fixed, *chosen})
        chosen |= {question.pk: (question, slot.points) for question in found}
    paper = list(chosen.values())
    if quiz.shuffle_questions:
        _random.shuffle(paper)
    newest = _versions(question for question, _points in paper)
    return [
        Drawn(newest[question.pk], question.kind, question.points if points is None else points)
        for question, points in paper
    ]


def drawable(course_id: int, category_id: int | None, tags: Collection[str]) -> QuerySet[Question]:
    """Return the questions that a slot may draw: of a category and all below it, with all tags."""
    found = Question.objects.filter(course_id=course_id, archived_at=None)
    if category_id is not None:
        found = found.filter(category_id__in=_with_children(course_id, category_id))
    if tags:
        found = found.filter(tags__contains=list(tags))
    return found


def _drawn(slot: QuizSlot, used: set[int]) -> list[Question]:
    found = drawable(slot.course_id, slot.category_id, slot.tags)
    left = list(found.exclude(pk__in=used).order_by("id"))
    return _random.sample(left, min(slot.draw or 0, len(left)))


def _with_children(course_id: int, category_id: int) -> set[int]:
    """The ids of a category and all below it."""
    parents = dict(
        QuestionCategory.objects.filter(course_id=course_id).values_list("id", "parent_id")
    )
    found, before = {category_id}, 0
    while len(found) > before:
        before = len(found)
        found |= {key for key, parent in parents.items() if parent in found}
    return found


def _versions(questions: Iterable[Question]) -> dict[int, QuestionVersion]:
    wanted = {question.pk: question.version for question in questions}
    found = QuestionVersion.objects.filter(question_id__in=wanted, number__in=set(wanted.values()))
    return {one.question_id: one for one in found if wanted[one.question_id] == one.number}
