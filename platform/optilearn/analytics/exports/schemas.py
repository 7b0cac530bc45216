"""The requests and answers of exports."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, model_validator

from optilearn.analytics.saved.schemas.dashboards import CrossFilterIn
from optilearn.analytics.saved.schemas.reports import ConditionIn
from optilearn.core.http.envelope import CamelSchema, JsonObject, example
from optilearn.core.text import Seen, Visible


class Format(StrEnum):
    """A form of a file."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"
    PARQUET = "parquet"
    ARROW = "arrow"
    JSON = "json"


class ExportJobIn(CamelSchema):
    """A file to write: of one definition, saved report or dashboard."""

    model_config = example(
        {
            "clientId": "0c9a4c1e-5d0f-4f38-9c59-0f6f2d8f3a10",
            "format": "xlsx",
            "name": "Enrollments by course",
            "definition": {
                "version": 1,
                "entity": "enrollments",
                "mode": "categorical",
                "dimensions": ["course.code"],
                "measures": ["enrollments.count"],
            },
        }
    )

    client_id: UUID = Field(
        description="A fresh UUID of the caller's making: sent again, it is the same export."
    )
    format: Format
    definition: JsonObject | None = Field(None, description="A report definition.")
    report_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = Field(
        None, description="The id of a saved report."
    )
    dashboard: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None, description="The key of a preset dashboard, or the id of one of your own."
    )
    filters: JsonObject | list[ConditionIn] | None = Field(
        None,
        description=(
            "The reader's choices: of a dashboard by the filter's key, of a saved report a list of"
            " conditions."
        ),
    )
    cross_filter: CrossFilterIn | None = Field(
        None, description="Of a dashboard: the value that was clicked in a tile."
    )
    as_of: Annotated[Visible, StringConstraints(max_length=100)] | None = Field(
        None, description="Of a dashboard: a snapshot's id or a moment, in place of the newest."
    )
    name: Annotated[Seen, StringConstraints(max_length=200)] = Field(
        "", description="For the file's name; else the report's."
    )
    bom: bool = Field(
        default=False,
        description="Begin CSV with a byte order mark, by which spreadsheets know UTF-8.",
    )

    @model_validator(mode="after")
    def _names_one_source(self) -> Self:
        named = [v for v in (self.definition, self.report_id, self.dashboard) if v is not None]
        if len(named) != 1:
            raise ValueError(_("Send one of definition, reportId and dashboard."))
        if self.definition is not None and self.filters is not None:
            raise ValueError(_("A definition has its own filters."))
        if self.dashboard is None and (self.cross_filter is not None or self.as_of is not None):
            raise ValueError(_("Only a dashboard takes crossFilter and asOf here."))
        is_list = isinstance(self.filters, list)
        if self.filters is not None and is_list != (self.report_id is not None):
            raise ValueError(
                _("Filters of a report are a list of conditions, those of a dashboard an object.")
            )
        return self

    @property
    def source(self) -> dict[str, Any]:
        """The content, as jobs store it."""
        if self.definition is not None:
            return {"definition": self.definition}
        named = {"dashboard": self.dashboard} if self.dashboard else {"reportId": self.report_id}
        chosen = {
            "filters": self._plain_filters() if self.filters else None,
            "crossFilter": self.cross_filter and self.cross_filter.model_dump(exclude_unset=True),
            "asOf": self.as_of,
        }
        return named | {name: value for name, value in chosen.items() if value is not None}

    def _plain_filters(self) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(self.filters, list):
            return [condition.model_dump(exclude_unset=True) for condition in self.filters]
        return self.filters or {}


class ExportProblem(CamelSchema):
    """The reason why there is no file; ``path`` points into the request."""

    code: str
    path: str
    message: str
    hint: str


class ExportJobOut(CamelSchema):
    """An export and how far it is."""

    id: int
    client_id: UUID
    name: str
    format: Format
    status: str = Field(description="QUEUED, RUNNING, DONE, FAILED or CANCELED.")
    source: dict[str, Any]
    snapshot_id: str
    rows: int = Field(description="Rows that are written.")
    rows_estimate: int | None = Field(description="Rows in all; null where that isn't known yet.")
    seconds_left: int | None = Field(description="At the pace so far; null where unknown.")
    attempts: int
    content_type: str
    size: int | None
    sha256: str | None = Field(description="Of the file's bytes.")
    file_id: int | None
    problem: ExportProblem | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="The file is deleted then.")


class ExportUrl(CamelSchema):
    """A URL that reads the file without a session, until it expires."""

    url: str
    expires_at: datetime
