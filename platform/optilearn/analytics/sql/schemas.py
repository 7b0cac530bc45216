"""The requests and answers of SQL (docs/analysts.md)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field

from optilearn.analytics.schemas import NoticeOut, SnapshotOut
from optilearn.core.http.envelope import CamelSchema, example


class SqlFormat(StrEnum):
    """The form of an answer."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    ARROW = "arrow"


class SqlOptions(CamelSchema):
    """The snapshot that a statement asks, and the form of the answer."""

    model_config = example({"asOf": "2026-09-30", "format": "csv"})

    as_of: str | None = Field(
        None,
        max_length=100,
        description="A snapshot's id, or a moment (a date: its end): the newest then.",
    )
    limit: int | None = Field(
        None, ge=1, le=10_000, description="The rows that are wanted, of JSON; 10,000 by itself."
    )
    format: SqlFormat | None = Field(
        None, description="By itself what `Accept` asks for, else JSON. Files are never cut."
    )
    run_id: UUID | None = Field(
        None,
        description=(
            "A fresh UUID of the caller's making; DELETE /api/analytics/sql/runs/{runId} stops the"
            " run, whose answer is then a 409."
        ),
    )


class SqlIn(SqlOptions):
    """One SELECT over the views of GET /api/analytics/sql/schema."""

    model_config = example(
        {"sql": "SELECT status, count(*) AS n FROM enrollments GROUP BY ALL ORDER BY n DESC"}
    )

    sql: str = Field(description="At most 100,000 characters.", max_length=100_000)


class SqlColumnOut(CamelSchema):
    """A column of an answer: ``type`` as reports call it, ``sqlType`` as DuckDB does."""

    name: str
    type: str
    sql_type: str


class SqlMeta(CamelSchema):
    """The description of an answer. ``ms`` is the time spent."""

    row_count: int
    truncated: bool = Field(description="True if there are more rows than are shown.")
    ms: float
    snapshot: SnapshotOut
    scope: dict[str, Any]
    warnings: list[NoticeOut]


class SqlAnswer(CamelSchema):
    """The answer to a statement."""

    columns: list[SqlColumnOut]
    rows: list[list[Any]]
    meta: SqlMeta


class ViewColumnOut(CamelSchema):
    """A column of a view; ``masked``: empty for this reader, as it names a person."""

    name: str
    type: str
    label: str
    description: str
    unit: str | None
    pii: str
    sensitivity: str
    masked: bool


class ViewOut(CamelSchema):
    """A view: an entity of the catalog."""

    name: str
    label: str
    row_label: str
    columns: list[ViewColumnOut]


class SqlSchemaOut(CamelSchema):
    """All that SQL can read of a snapshot."""

    snapshot: SnapshotOut
    views: list[ViewOut]
    warnings: list[NoticeOut]


class AsOf(CamelSchema):
    """The snapshot that is meant, by its id or a moment; the newest by itself."""

    as_of: str | None = Field(None, max_length=100)


class CopyFormatIn(StrEnum):
    """The form of a copy: one DuckDB file, or a ZIP archive of Parquet files."""

    DUCKDB = "duckdb"
    PARQUET = "parquet"


class CopyQuery(CamelSchema):
    """The form that is wanted."""

    format: CopyFormatIn = CopyFormatIn.DUCKDB


class CopiedTable(CamelSchema):
    """A table of a copy; ``file`` and its facts where each is a file of its own."""

    name: str
    rows: int
    file: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None


class CopyManifest(CamelSchema):
    """The content of a copy; ``masked`` are the columns that are empty for this reader."""

    snapshot: SnapshotOut
    time_zone: str
    scope: dict[str, Any]
    masked: list[str]
    tables: list[CopiedTable]
    warnings: list[NoticeOut]


class CopyOut(CamelSchema):
    """A copy: a private file, which GET /api/files/{fileId}/url opens for a week."""

    file_id: int
    name: str
    size_bytes: int
    sha256: str
    manifest: CopyManifest
