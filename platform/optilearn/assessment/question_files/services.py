"""Imports of questions: previewed or applied, all from the content that is sent."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic.alias_generators import to_camel

from optilearn.assessment import policies
from optilearn.assessment.models import QuestionCategory
from optilearn.assessment.question_files.drafts import Draft, UnreadableFileError
from optilearn.assessment.question_files.formats import READERS, InFormat
from optilearn.assessment.question_files.planning import Outcome, Plan, Planned
from optilearn.assessment.question_files.uploads import decoded
from optilearn.assessment.quizzes.services.bulk import CategoryPaths, add_questions
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.locking import lock_name

MAX_QUESTIONS: Final = 10_000


@dataclass(frozen=True)
class QuestionFile:
    """A file of questions as it was sent: its text, or base64 of its bytes."""

    format: InFormat
    text: str | None
    base64: str | None
    category_id: int | None = None
    """The category that the file's own categories stand in; None: none."""

    @property
    def path(self) -> str:
        """The field that holds it."""
        return "/base64" if self.text is None else "/text"

    def content(self) -> bytes:
        """Its bytes. Raises ``UnreadableFileError``."""
        return decoded(self.base64 or "") if self.text is None else self.text.encode()


@transaction.atomic
def import_questions(
    *,
    principal: Principal,
    course_id: int,
    file: QuestionFile,
    apply: bool,
    fingerprint: str | None,
) -> dict[str, Any]:
    """Plan the import of a file, and carry it out if ``apply``: all that can be added, or nothing.

    ``fingerprint`` is the preview's, so that nothing else is applied than what was seen. Two of
    one course wait for each other; a question that the course has isn't added again. For each
    500 questions six queries, and one for each level of new categories; at most four besides.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, VALIDATION_ERROR for a file that can't be read,
    CONFLICT for another file than was previewed.
    """
    policies.managed(principal, course_id)
    depth = _depth_of(course_id, file.category_id)
    try:
        content = file.content()
        found = _fingerprint(course_id, file, content)
        if apply and fingerprint != found:
            message = (
                _("This isn't the file that was previewed. Preview it again.")
                if fingerprint
                else _("Preview the file first, and send the preview's fingerprint.")
            )
            raise AppError(ErrorCode.CONFLICT, message, [{"path": "/fingerprint"}])
        if apply:
            lock_name("question_import", course_id)
        rows = _carried_out(
            principal, CategoryPaths(course_id, file.category_id), _read(file, content),
            (depth, apply),
        )  # fmt: skip
    except UnreadableFileError as error:
        raise _unreadable(file, error) from error
    return _answer(rows, found, applied=apply)


def _carried_out(
    principal: Principal, paths: CategoryPaths, drafts: Iterator[Draft], how: tuple[int, bool]
) -> list[dict[str, Any]]:
    """Plan the drafts and add the new ones, batch by batch; of each only its row is held."""
    depth, apply = how
    rows: list[dict[str, Any]] = []
    for batch in Plan(paths.course_id, depth).batches(drafts):
        new = [one for one in batch if one.outcome is Outcome.ADD]
        if apply and new:
            _add(principal, paths, new)
        rows += [one.on_the_wire() for one in batch]
    return rows


def _add(principal: Principal, paths: CategoryPaths, new: list[Planned]) -> None:
    ids = add_questions(principal=principal, paths=paths, questions=[one.new for one in new])
    for one, key in zip(new, ids, strict=True):
        one.question_id = key


def _read(file: QuestionFile, content: bytes) -> Iterator[Draft]:
    number = 0
    for number, draft in enumerate(READERS[file.format](content), 1):
        if number > MAX_QUESTIONS:
            raise UnreadableFileError(
                _("The file has more than %(max)d questions.") % {"max": MAX_QUESTIONS}
            )
        yield draft
    if not number:
        raise UnreadableFileError(_("The file has no questions."))


def _depth_of(course_id: int, category_id: int | None) -> int:
    """The number of categories from the uppermost to this one. One query.

    Raises ``AppError`` VALIDATION_ERROR if the course has none such.
    """
    if category_id is None:
        return 0
    above = dict(
        QuestionCategory.objects.filter(course_id=course_id).values_list("id", "parent_id")
    )
    if category_id not in above:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("The course has no such category."),
            [{"path": "/categoryId"}],
        )
    depth, at = 0, category_id
    while at is not None:
        depth, at = depth + 1, above[at]
    return depth


def _fingerprint(course_id: int, file: QuestionFile, content: bytes) -> str:
    about = f"{course_id} {file.format} {file.category_id or ''}\n".encode()
    return hashlib.sha256(about + content).hexdigest()


def _unreadable(file: QuestionFile, error: UnreadableFileError) -> AppError:
    message = error.message
    if error.line:
        message = _("Line %(n)d: %(message)s") % {"n": error.line, "message": message}
    return AppError(ErrorCode.VALIDATION_ERROR, message, [{"path": file.path, "message": message}])


def _answer(rows: list[dict[str, Any]], fingerprint: str, *, applied: bool) -> dict[str, Any]:
    counts = Counter(row["outcome"] for row in rows)
    return {
        "applied": applied,
        "fingerprint": fingerprint,
        "summary": {"questions": len(rows), "withWarnings": sum(bool(r["warnings"]) for r in rows)}
        | {to_camel(outcome.value.lower()): counts[outcome.value] for outcome in Outcome},
        "rows": rows,
    }
