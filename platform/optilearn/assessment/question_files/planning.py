"""The plan of an import: the outcome of each question, by the bank's rules and what it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _
from pydantic import ValidationError

from optilearn.assessment.models import Question, QuestionVersion
from optilearn.assessment.question_files.drafts import Category, Code, Draft, Problem
from optilearn.assessment.question_files.markup import removed_from
from optilearn.assessment.quizzes.schemas.bank import QuestionIn
from optilearn.assessment.quizzes.services.bank import MAX_DEPTH
from optilearn.assessment.quizzes.services.bulk import NewQuestion
from optilearn.assessment.quizzes.services.cleaning import (
    HTML_FIELDS,
    TYPED_LISTS,
    CleanQuestion,
    cleaned,
)
from optilearn.core.errors import AppError
from optilearn.core.http.problems import problem_in

BATCH: Final = 500
_MAX_CATEGORY: Final = 300
_MAX_EXTERNAL_ID: Final = 200
_MAX_REMOVED: Final = 20
"""Names of tags and attributes in one warning; more aren't listed."""


class Outcome(StrEnum):
    """The outcome of a question of a file."""

    ADD = "ADD"
    EXISTS = "EXISTS"
    """The course has it already."""
    DIFFERS = "DIFFERS"
    """The course has another question with its identifier; that one stays as it is."""
    DUPLICATE = "DUPLICATE"
    """The file has it twice; the first one counts."""
    INVALID = "INVALID"
    UNSUPPORTED = "UNSUPPORTED"


@dataclass
class Planned:
    """A question of a file, and its outcome."""

    draft: Draft
    outcome: Outcome = Outcome.ADD
    question: QuestionIn | None = None
    clean: CleanQuestion | None = None
    question_id: int | None = None
    """The question in the bank: the one that exists, or that was added."""

    @property
    def new(self) -> NewQuestion:
        """The question to be added."""
        if self.question is None or self.clean is None:
            raise AssertionError("Only what is valid is added.")
        return NewQuestion(
            name=self.question.name,
            kind=self.question.content.kind,
            clean=self.clean,
            category=self.draft.category,
            tags=self.question.tags,
            points=self.question.points,
            external_id=self.draft.external_id,
        )

    def on_the_wire(self) -> dict[str, Any]:
        """The row of the answer."""
        problems = [*self.draft.warnings]
        return {
            "place": self.draft.place,
            "name": self.draft.name[:300],
            "kind": self.question.content.kind if self.question else None,
            "category": list(self.draft.category),
            "outcome": self.outcome.value,
            "questionId": self.question_id,
            "warnings": [{"code": one.code.value, "message": one.message} for one in problems],
            "error": self.draft.error.message if self.draft.error else None,
        }


@dataclass
class Plan:
    """Plans drafts, batch by batch: three queries for each batch with identifiers, else two."""

    course_id: int
    depth_above: int
    """The number of categories above those of the file."""
    _seen: dict[str, int] = field(default_factory=dict)

    def batches(self, drafts: Iterable[Draft]) -> Iterator[list[Planned]]:
        """Yield the plan of at most ``BATCH`` questions at a time."""
        reading = iter(drafts)
        while batch := list(islice(reading, BATCH)):
            planned = [self._checked(draft) for draft in batch]
            self._find_repeated(planned)
            self._find_known([one for one in planned if one.outcome is Outcome.ADD])
            yield planned

    def _checked(self, draft: Draft) -> Planned:
        planned = Planned(draft)
        if draft.error is None:
            draft.error = _problem_of(planned, self.depth_above)
        if draft.error is not None:
            is_unsupported = draft.error.code is Code.UNSUPPORTED
            planned.outcome = Outcome.UNSUPPORTED if is_unsupported else Outcome.INVALID
        return planned

    def _find_repeated(self, planned: list[Planned]) -> None:
        for one in planned:
            if one.clean is None or one.outcome is not Outcome.ADD:
                continue
            names = [one.clean.fingerprint]
            names += [f"id {one.draft.external_id}"] if one.draft.external_id else []
            if any(name in self._seen for name in names):
                one.outcome = Outcome.DUPLICATE
            self._seen |= dict.fromkeys(names, 1)

    def _find_known(self, planned: list[Planned]) -> None:
        """Look in the bank for the same meaning, in any version, and for the same identifier."""
        meanings = [one.clean.fingerprint for one in planned if one.clean]
        of_course = Q(question__course_id=self.course_id, question__archived_at=None)
        same = dict(
            QuestionVersion.objects.filter(of_course, fingerprint__in=meanings)
            .order_by("-question_id")
            .values_list("fingerprint", "question_id")
        )
        identifiers = {one.draft.external_id for one in planned} - {""}
        named: dict[str, int] = {}
        if identifiers:
            named = dict(
                Question.objects.filter(
                    course_id=self.course_id, archived_at=None, external_id__in=identifiers
                ).values_list("external_id", "id")
            )
        for one in planned:
            known = same.get(one.clean.fingerprint) if one.clean else None
            other = named.get(one.draft.external_id)
            if known is not None:
                one.outcome, one.question_id = Outcome.EXISTS, known
            elif other is not None:
                one.outcome, one.question_id = Outcome.DIFFERS, other


def _problem_of(planned: Planned, depth_above: int) -> Problem | None:
    """Validate a draft as the bank does, and clean it; return the reason if it can't be added."""
    draft = planned.draft
    values = {
        "name": draft.name,
        "text": draft.text,
        "content": draft.content,
        "feedback": draft.feedback,
        "tags": draft.tags,
        "points": draft.points,
    }
    try:
        planned.question = QuestionIn.model_validate(values)
    except ValidationError as error:
        problem = problem_in(values, error.errors()[0])
        return Problem(Code.INVALID, f"{problem['path']}: {problem['message']}")
    unplaced = _problem_of_place(draft.category, depth_above)
    if unplaced is not None:
        return unplaced
    if len(draft.external_id) > _MAX_EXTERNAL_ID:
        return Problem(Code.INVALID, _("The identifier is too long."))
    question = planned.question
    try:
        planned.clean = cleaned(question.text, question.content, question.feedback)
    except AppError as error:
        return Problem(Code.INVALID, error.message)
    removed = list(dict.fromkeys(one for text in _texts(values) for one in removed_from(text)))
    if removed:
        what = ", ".join(removed[:_MAX_REMOVED]) + (" …" if len(removed) > _MAX_REMOVED else "")
        draft.warn(
            Problem(Code.HTML_REMOVED, _("Removed from the HTML: %(what)s.") % {"what": what})
        )
    return None


def _problem_of_place(category: Category, depth_above: int) -> Problem | None:
    if depth_above + len(category) > MAX_DEPTH:
        return Problem(Code.INVALID, _("The category can't stand there."))
    if any(len(name) > _MAX_CATEGORY for name in category):
        return Problem(Code.INVALID, _("The name of the category is too long."))
    return None


def _texts(value: Any, *, is_typed: bool = False) -> Iterator[str]:
    """The HTML in a question, as its schema names it."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name in HTML_FIELDS and isinstance(part, str) and not (is_typed and name == "text"):
                yield part
            else:
                yield from _texts(part, is_typed=name in TYPED_LISTS)
    if isinstance(value, list):
        for part in value:
            yield from _texts(part, is_typed=is_typed)
