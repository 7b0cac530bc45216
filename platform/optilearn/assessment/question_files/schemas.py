"""Schemas of importing and exporting questions."""

from __future__ import annotations

from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, WithJsonSchema, model_validator
from typing_extensions import TypeAliasType

from optilearn.assessment.question_files.drafts import Code
from optilearn.assessment.quizzes.schemas.fields import (
    QuestionKind,
)
from optilearn.core.http.envelope import CamelSchema, example
from optilearn.core.http.keys import Key

MAX_CHARACTERS = 5_000_000

QuestionFileFormat = TypeAliasType(
    "QuestionFileFormat", Literal["gift", "aiken", "moodle-xml", "qti"]
)
QuestionExportFormat = TypeAliasType(
    "QuestionExportFormat", Literal["gift", "moodle-xml", "qti-2.1"]
)
ImportOutcome = TypeAliasType(
    "ImportOutcome",
    Literal["ADD", "EXISTS", "DIFFERS", "DUPLICATE", "INVALID", "UNSUPPORTED"],
)


class QuestionImportIn(CamelSchema):
    """A file of questions. Nothing is written unless ``apply``."""

    model_config = example({"format": "gift", "text": "::Sum:: 1 + 1 = {#2}\n\nSky is blue. {T}\n"})

    format: QuestionFileFormat = Field(
        description="`qti`: an item or a package of QTI 2.1, 2.2 or 3.0."
    )
    text: str | None = Field(
        None, max_length=MAX_CHARACTERS, examples=["::Sum:: 1 + 1 = {#2}\n\nSky is blue. {T}\n"]
    )
    base64: str | None = Field(
        None,
        max_length=MAX_CHARACTERS,
        description="The file's bytes; a zip too, which may have one text or XML file in it.",
    )
    category_id: Key | None = Field(
        None, description="The file's categories are added below this one."
    )
    apply: bool = False
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        None, description="The preview's; needed to apply."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> QuestionImportIn:
        if (self.text is None) == (self.base64 is None):
            raise ValueError(_("Send text or base64, one of the two."))
        return self


class QuestionProblem(CamelSchema):
    """A part of a question that can't be carried."""

    code: Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(Code)})]
    message: str


class QuestionImportRow(CamelSchema):
    """A question of the file, and its outcome."""

    place: str = Field(description="Its line, or its file in the package.")
    name: str
    kind: QuestionKind | None = Field(description="What it becomes; null if it can't be read.")
    category: list[str]
    outcome: ImportOutcome = Field(
        description="DIFFERS: another question has its identifier, and stays as it is."
    )
    question_id: int | None = Field(description="The one that exists, or was added.")
    warnings: list[QuestionProblem]
    error: str | None


class QuestionImportSummary(CamelSchema):
    """The number of questions for each outcome."""

    questions: int
    with_warnings: int
    add: int
    exists: int
    differs: int
    duplicate: int
    invalid: int
    unsupported: int


class QuestionImportOut(CamelSchema):
    """The outcome of an import: planned, or done if ``applied``."""

    applied: bool
    fingerprint: str = Field(description="Send it back to apply.")
    summary: QuestionImportSummary
    rows: list[QuestionImportRow]


class ExportQuery(CamelSchema):
    """The questions to export; filters add up."""

    format: QuestionExportFormat
    ids: Annotated[list[Key], Field(max_length=1_000)] = Field(
        default=[], description="Of questions."
    )
    category_id: Key | None = Field(None, description="With those below it.")
    kind: QuestionKind | None = None
    tag: str | None = Field(None, max_length=64)


class QuestionExportRow(CamelSchema):
    """A question of which the format can't say all."""

    question_id: int
    name: str
    kind: QuestionKind
    is_left_out: bool = Field(description="It is no question in the file, only a comment.")
    losses: list[QuestionProblem]


class QuestionExportReport(CamelSchema):
    """The questions of an export, and those of which the format can't say all."""

    questions: int
    rows: list[QuestionExportRow]
