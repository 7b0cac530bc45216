"""Schemas of gradebooks as files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from optilearn.assessment.gradebook.schemas.grading import (
    GradedStudent,
)
from optilearn.core.http.envelope import CamelSchema, Number, example
from optilearn.core.http.keys import Key

GradeFileProduct = TypeAliasType(
    "GradeFileProduct", Literal["OPTILEARN", "CANVAS", "MOODLE", "OTHER"]
)
GradeFileProblemCode = TypeAliasType(
    "GradeFileProblemCode",
    Literal[
        "UNKNOWN_STUDENT",
        "AMBIGUOUS_STUDENT",
        "CHANGED_CODE",
        "CONFLICTING_STUDENT",
        "DUPLICATE_STUDENT",
        "UNKNOWN_ASSIGNMENT",
        "AMBIGUOUS_ASSIGNMENT",
        "DUPLICATE_ASSIGNMENT",
        "OTHER_MAXIMUM",
        "NOT_A_MARK",
        "NEGATIVE",
        "TOO_LARGE",
        "ANONYMOUS",
    ],
)


class GradeFileIn(CamelSchema):
    """A gradebook as CSV. Nothing happens unless `applyToken` is the preview's token."""

    model_config = example({"csv": "code,Essay (31)\nS-104,8.5\n"})

    csv: Annotated[str, Field(max_length=10_000_000)]
    columns: dict[str, Key | None] = Field(
        default={},
        max_length=2_000,
        description="Assignments of headings that name them differently; null leaves one out.",
    )
    apply_token: Annotated[str, Field(max_length=100)] | None = None


class GradeFileProblem(CamelSchema):
    """The reason why something in the file stands for nothing here."""

    code: GradeFileProblemCode
    message: str


class GradeFileColumn(CamelSchema):
    """A column and its assignment."""

    header: str
    assignment_id: int | None
    problem: GradeFileProblem | None


class GradeFileState(CamelSchema):
    """A mark before lateness."""

    points: Number | None
    is_excused: bool


class GradeFileChange(CamelSchema):
    """A grade that the file changes."""

    line: int
    enrollment_id: int
    student: GradedStudent
    assignment_id: int
    before: GradeFileState
    after: GradeFileState
    is_above_possible: bool


class GradeFileRowProblem(GradeFileProblem):
    """A row or a cell that changes nothing, and why."""

    line: int
    column: str | None = Field(description="Null: the whole row.")
    cell: str


class GradeFileSummary(CamelSchema):
    """Numbers of rows and of cells, by their effect."""

    rows: int
    changes: int
    unchanged: int
    problems: int


class GradeFileOut(CamelSchema):
    """The changes of a file: planned, or done if `applied`. Lists have the first thousand."""

    applied: bool
    token: str
    product: GradeFileProduct
    summary: GradeFileSummary
    columns: list[GradeFileColumn]
    ignored_columns: list[str]
    changes: list[GradeFileChange]
    problems: list[GradeFileRowProblem]
