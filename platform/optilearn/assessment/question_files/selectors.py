"""Exports of questions: a file, and the report of what its format can't say."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any, Final

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from optilearn.assessment import policies
from optilearn.assessment.models import QuestionCategory, QuestionVersion
from optilearn.assessment.question_files.drafts import BankQuestion, Category, Written
from optilearn.assessment.question_files.formats import WRITERS
from optilearn.assessment.question_files.schemas import ExportQuery
from optilearn.assessment.quizzes.questions.content import content_of
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode

BATCH: Final = 500
_IN_MEMORY: Final = 1024**2
"""More bytes of a file than these are on the disk while it is written."""


def exported(principal: Principal, course_id: int, query: ExportQuery) -> IO[bytes]:
    """Write the questions of a course into a file, which the caller closes.

    Three queries, and one for each 500 questions. Raises ``AppError``: FORBIDDEN, NOT_FOUND,
    VALIDATION_ERROR.
    """
    found = _questions(principal, course_id, query)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the caller's
    try:
        WRITERS[query.format](file, found, lambda _question, _written: None)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def export_report(principal: Principal, course_id: int, query: ExportQuery) -> dict[str, Any]:
    """Return what the format can't say of the questions that ``exported`` writes.

    As many queries, and as it raises.
    """
    rows: list[dict[str, Any]] = []
    count = 0

    def note(question: BankQuestion, written: Written) -> None:
        nonlocal count
        count += 1
        if written.losses:
            rows.append(
                {
                    "questionId": question.id,
                    "name": question.name,
                    "kind": question.content.kind,
                    "isLeftOut": written.is_left_out,
                    "losses": [
                        {"code": one.code.value, "message": one.message} for one in written.losses
                    ],
                }
            )

    found = _questions(principal, course_id, query)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        WRITERS[query.format](file, found, note)
    return {"questions": count, "rows": rows}


def _questions(principal: Principal, course_id: int, query: ExportQuery) -> Iterator[BankQuestion]:
    policies.managed(principal, course_id)
    names = {
        one.pk: (one.parent_id, one.name)
        for one in QuestionCategory.objects.filter(course_id=course_id)
    }
    paths = {key: _path(key, names) for key in names}
    found = QuestionVersion.objects.filter(
        question__course_id=course_id,
        question__archived_at=None,
        number=F("question__version"),
    )
    if query.ids:
        found = found.filter(question_id__in=query.ids)
    if query.category_id is not None:
        if query.category_id not in names:
            raise AppError(
                ErrorCode.VALIDATION_ERROR,
                _("The course has no such category."),
                [{"path": "/categoryId"}],
            )
        found = found.filter(question__category_id__in=_within(query.category_id, names))
    if query.tag:
        found = found.filter(question__tags__contains=[query.tag])
    if query.kind is not None:
        found = found.filter(question__kind=query.kind)
    return _in_batches(found, paths)


def _in_batches(
    found: QuerySet[QuestionVersion], paths: dict[int, Category]
) -> Iterator[BankQuestion]:
    """The questions category by category, so that a category is named once."""
    keys = sorted(
        found.values_list("question__category_id", "id"),
        key=lambda one: (paths.get(one[0], ()) if one[0] else (), one),
    )
    for start in range(0, len(keys), BATCH):
        wanted = [key for _category, key in keys[start : start + BATCH]]
        rows = QuestionVersion.objects.select_related("question").in_bulk(wanted)
        for key in wanted:
            if (row := rows.get(key)) is not None:
                yield _written(row, paths)


def _written(row: QuestionVersion, paths: dict[int, Category]) -> BankQuestion:
    question = row.question
    return BankQuestion(
        id=question.pk,
        name=question.name,
        text=row.text,
        content=content_of(row.content),
        feedback=row.feedback,
        category=paths.get(question.category_id, ()) if question.category_id else (),
        tags=tuple(question.tags),
        points=question.points,
        external_id=question.external_id,
    )


def _path(key: int | None, names: dict[int, tuple[int | None, str]]) -> Category:
    found: list[str] = []
    while key is not None:
        key, name = names[key]
        found.append(name)
    return tuple(reversed(found))


def _within(key: int, names: dict[int, tuple[int | None, str]]) -> set[int]:
    """The category and those below it."""
    found = {key}
    while more := {one for one, (above, _n) in names.items() if above in found} - found:
        found |= more
    return found
