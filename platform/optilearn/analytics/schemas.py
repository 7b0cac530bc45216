"""The requests and answers of the analytics API (docs/report-reference.md#results)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field

from optilearn.core.http.envelope import CamelSchema, example


class ReportQuestion(CamelSchema):
    """A report definition to run, check or explain."""

    definition: dict[str, Any] = Field(
        description="A report definition; GET /api/analytics/reports/schema is its JSON Schema.",
        json_schema_extra={
            "example": {
                "version": 1,
                "entity": "enrollments",
                "mode": "categorical",
                "dimensions": ["course.code"],
                "measures": ["enrollments.count", "passRate"],
                "totals": "grand",
            }
        },
    )


class Stoppable(CamelSchema):
    """A question that its caller can stop."""

    run_id: UUID | None = Field(
        None,
        description=(
            "A fresh UUID of the caller's making; DELETE /api/analytics/reports/runs/{runId} stops"
            " the run, whose answer is then a 409."
        ),
    )


class RunQuestion(ReportQuestion, Stoppable):
    """A report definition to run."""


class CellIn(CamelSchema):
    """A cell of a report: a measure, and the groups of a row, or the leading ones of a total."""

    measure: str = Field(description="The key of the measure's column.", examples=["passRate"])
    row: list[Any] = Field(
        default_factory=list,
        description="The values of the row's time and dimensions as the report answered them.",
        examples=[["MATH"]],
    )
    entity: str | None = Field(
        None, description="Whose rows, where a formula is made of several entities."
    )


class DrillQuestion(RunQuestion):
    """A cell whose rows are wanted."""

    model_config = example(
        {
            "definition": {
                "version": 1,
                "entity": "enrollments",
                "mode": "categorical",
                "dimensions": ["course.code"],
                "measures": ["enrollments.count"],
            },
            "cell": {"measure": "enrollments.count", "row": ["MATH"]},
        }
    )

    cell: CellIn


class DiffQuestion(RunQuestion):
    """A report to compare between two snapshots."""

    before: str = Field(
        max_length=100,
        description="A snapshot's id, or a moment (a date: its end): the newest then.",
        examples=["2026-09-30"],
    )
    after: str = Field(
        max_length=100,
        description="Likewise.",
        examples=["20261001T000000Z-1f2e3d4c"],
    )


class ColumnOut(CamelSchema):
    """A column of a result."""

    key: str
    label: str
    type: str
    unit: str | None
    format: str | None
    perturbed: bool | None = None
    """True if its numbers have noise; not there if they have none."""


class TotalOut(CamelSchema):
    """A computed total; ``level`` is the number of leading dimensions it keeps."""

    level: int
    row: list[Any]
    suppressed: list[int] | None = None
    """The columns that are hidden; not there if none is."""


class ComparedOut(CamelSchema):
    """The rows of another time, in the order of the result's rows."""

    label: str
    rows: list[list[Any]]
    totals: list[TotalOut] | None
    """One for each of the result's totals, computed over the compared time."""
    suppressed: list[list[int]]
    """Row and column of each hidden cell."""


class SnapshotOut(CamelSchema):
    """The data that the numbers came from."""

    id: str
    taken_at: str
    schema_version: int


class NoticeOut(CamelSchema):
    """Something a reader should know about the numbers; ``path`` points into the definition."""

    code: str
    path: str
    message: str
    hint: str


class RunMeta(CamelSchema):
    """The description of a result. ``ms`` is the time spent."""

    row_count: int
    total_row_count: int
    ms: float
    truncated: bool
    cached: bool
    snapshot: SnapshotOut
    scope: dict[str, Any]
    definition_digest: str
    warnings: list[NoticeOut]


class ReportResult(CamelSchema):
    """The answer to a report."""

    columns: list[ColumnOut]
    rows: list[list[Any]]
    totals: list[TotalOut] | None
    compare: ComparedOut | None
    suppressed: list[list[int]]
    meta: RunMeta


class Stopped(CamelSchema):
    """The run was under way, and has been asked to stop."""

    cancelled: bool


class ChangedOut(CamelSchema):
    """A row that both snapshots have, with other values."""

    before: list[Any]
    after: list[Any]


class DifferenceCounts(CamelSchema):
    """The number of rows of each kind, of which at most 1,000 are listed."""

    added: int
    removed: int
    changed: int
    same: int


class Difference(CamelSchema):
    """The changes in a report from one snapshot to another."""

    columns: list[ColumnOut]
    before: SnapshotOut
    after: SnapshotOut
    added: list[list[Any]]
    removed: list[list[Any]]
    changed: list[ChangedOut]
    counts: DifferenceCounts


class ValidReport(CamelSchema):
    """A definition in its canonical form, and its SHA-256."""

    definition: dict[str, Any]
    digest: str


class ReportExplanation(CamelSchema):
    """A question in words; SQL and parameters only for those who may see them."""

    words: list[str]
    tables: list[str]
    entities: list[str] = Field(description="What is read, by its names in the caller's language.")
    estimated_rows: int | None = Field(
        description="Rows that are read, before any filter; null for who doesn't see them all."
    )
    sql: str | None = None
    parameters: dict[str, Any] | None = None


class Chosen(CamelSchema):
    """An entity to start from and measures already chosen, as ``entity.metric``."""

    entity: str | None = None
    measures: list[str] = Field(default_factory=list, max_length=12)


class ChoiceOut(CamelSchema):
    """A code that a field may hold, with the words for it."""

    value: str
    label: str


class FieldOut(CamelSchema):
    """A field of an entity."""

    name: str
    type: str
    label_key: str
    label: str
    description: str
    unit: str | None
    format: str | None
    pii: str
    sensitivity: str
    choices: list[ChoiceOut] = Field(description="Of fields of few codes; else empty.")


class RelationOut(CamelSchema):
    """A relation: many rows of this entity belong to one of the other."""

    name: str
    to: str
    label_key: str
    label: str


class MetricOut(CamelSchema):
    """A declared number."""

    name: str
    label_key: str
    label: str
    description: str
    additivity: str
    unit: str | None
    format: str | None


class EntityOut(CamelSchema):
    """An entity: the meaning of one row, and its fields."""

    key: str
    label: str
    row_label: str
    time: str | None
    is_root: bool
    fields: list[FieldOut]
    relations: list[RelationOut]
    metrics: list[MetricOut]


class DimensionOut(CamelSchema):
    """A path that a report can be grouped by."""

    path: str
    label: str
    type: str


class FitsOut(CamelSchema):
    """The dimensions by which all chosen measures can be distinguished."""

    entity: str
    measures: list[str]
    dimensions: list[DimensionOut]


class CatalogueOut(CamelSchema):
    """Everything that can be asked."""

    digest: str
    entities: list[EntityOut]
    fits: FitsOut | None = None
