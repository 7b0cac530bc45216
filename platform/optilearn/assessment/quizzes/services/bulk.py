"""Many questions at once: a constant number of queries, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from optilearn.assessment import policies as assessment_policies
from optilearn.assessment.models import Question, QuestionCategory, QuestionVersion
from optilearn.assessment.quizzes.services.cleaning import CleanQuestion
from optilearn.core import audit
from optilearn.core.access.principal import Principal
from optilearn.courses.services.richtext import plain


@dataclass(frozen=True)
class NewQuestion:
    """A question to be added, its content cleaned (``cleaning.cleaned``)."""

    name: str
    kind: str
    clean: CleanQuestion
    category: tuple[str, ...]
    """The names from the uppermost; those that are missing are added."""
    tags: Sequence[str]
    points: Decimal
    external_id: str


class CategoryPaths:
    """The categories of a course by their names, below one of them. One query to begin with."""

    def __init__(self, course_id: int, root_id: int | None) -> None:
        found = QuestionCategory.objects.filter(course_id=course_id).order_by("-id")
        self.course_id = course_id
        self.root_id = root_id
        self._ids = {(one.parent_id, one.name): one.pk for one in found}

    def id_of(self, path: tuple[str, ...]) -> int | None:
        """Return the id of a category that ``add`` was called with."""
        found = self.root_id
        for name in path:
            found = self._ids[found, name]
        return found

    def add(self, paths: Iterable[tuple[str, ...]]) -> int:
        """Add the categories that are missing; return their number. One query for each level."""
        waiting = [(path, self.root_id) for path in dict.fromkeys(paths) if path]
        added = 0
        while waiting:
            new = dict.fromkeys(
                (above, path[0]) for path, above in waiting if (above, path[0]) not in self._ids
            )
            rows = QuestionCategory.objects.bulk_create(
                QuestionCategory(course_id=self.course_id, parent_id=above, name=name)
                for above, name in new
            )
            self._ids |= dict(zip(new, (row.pk for row in rows), strict=True))
            added += len(rows)
            waiting = [(path[1:], self._ids[above, path[0]]) for path, above in waiting if path[1:]]
        return added


@transaction.atomic
def add_questions(
    *, principal: Principal, paths: CategoryPaths, questions: Sequence[NewQuestion]
) -> list[int]:
    """Add questions to a course's bank, with their categories; return their ids, in order.

    Four queries, and one for each level of new categories. Raises ``AppError`` FORBIDDEN,
    NOT_FOUND.
    """
    assessment_policies.managed(principal, paths.course_id)
    paths.add(one.category for one in questions)
    rows = Question.objects.bulk_create(
        Question(
            course_id=paths.course_id,
            category_id=paths.id_of(one.category),
            name=plain(one.name),
            kind=one.kind,
            tags=list(one.tags),
            points=one.points,
            external_id=one.external_id,
        )
        for one in questions
    )
    QuestionVersion.objects.bulk_create(
        QuestionVersion(
            question=row,
            number=row.version,
            text=one.clean.text,
            content=one.clean.content,
            feedback=one.clean.feedback,
            fingerprint=one.clean.fingerprint,
            author_id=principal.caller_id,
        )
        for row, one in zip(rows, questions, strict=True)
    )
    audit.record(
        action="question.import",
        actor=principal,
        target=f"course:{paths.course_id}",
        details={"questions": len(rows)},
    )
    return [row.pk for row in rows]
