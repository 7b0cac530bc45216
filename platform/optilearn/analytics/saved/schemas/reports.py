"""The requests and answers of saved reports."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from optilearn.analytics.saved.schemas.items import (
    CreationIn,
    ItemProblem,
    ItemRowOut,
    RevisionIn,
    TextsIn,
)
from optilearn.analytics.schemas import Stoppable
from optilearn.core.http.envelope import CamelSchema, JsonObject, JsonValue, example
from optilearn.core.text import Visible

_REPORT = {
    "name": "Enrollments by course",
    "description": "For the meeting on Mondays.",
    "tags": ["board"],
    "definition": {
        "version": 1,
        "entity": "enrollments",
        "mode": "categorical",
        "dimensions": ["course.code"],
        "measures": ["enrollments.count"],
    },
    "readerFilters": ["course.termCode"],
}


class TableDisplay(CamelSchema):
    """The looks of a report's table that aren't the usual ones; its chart is in the definition."""

    pivot: bool = Field(default=False, description="The last group stands across.")
    bars: bool = Field(default=False, description="Numbers have bars in their cells.")


class ReportTextsIn(TextsIn):
    """The content of a report."""

    definition: JsonObject = Field(
        description="A report definition; a draft may have problems, which are listed."
    )
    reader_filters: list[Annotated[Visible, StringConstraints(max_length=300)]] = Field(
        default_factory=list,
        max_length=20,
        description="Paths of fields by which readers may narrow it; the rest is locked.",
    )

    display: TableDisplay = Field(default_factory=TableDisplay)

    def body(self) -> dict[str, Any]:
        """The content as it is stored; a table of the usual looks has no word of them."""
        body = {"definition": self.definition, "readerFilters": list(self.reader_filters)}
        looks = self.display.model_dump(by_alias=True, exclude_defaults=True)
        return body | ({"display": looks} if looks else {})


class ReportIn(ReportTextsIn, CreationIn):
    """A report to save."""

    model_config = example(_REPORT | {"publish": True, "sharing": {"visibility": "INSTITUTION"}})


class ReportChangeIn(ReportTextsIn, RevisionIn):
    """The new content of a report, whole."""

    model_config = example(_REPORT | {"basedOn": 3, "note": "Terms too"})


class ReportOut(ItemRowOut):
    """A saved report. Editors get the newest draft, readers what is published."""

    definition: dict[str, Any]
    reader_filters: list[str]
    display: TableDisplay = Field(default_factory=TableDisplay)
    problems: list[ItemProblem] = Field(description="Why it can't be run now; empty: it can.")


class ReportTemplateOut(CamelSchema):
    """A report that is ready to be used."""

    key: str
    title: str
    description: str
    definition: dict[str, Any]
    reader_filters: list[str]


class FromTemplateIn(CamelSchema):
    """A template to make a report from."""

    model_config = example({"template": "enrollmentsByCourse"})

    template: Annotated[Visible, StringConstraints(max_length=60)]
    name: Annotated[Visible, StringConstraints(max_length=200)] | None = Field(
        None, description="Left out: the template's title in the caller's language."
    )


class ConditionIn(CamelSchema):
    """A condition on a field, as the report language has it."""

    field: Annotated[Visible, StringConstraints(max_length=300)]
    op: Annotated[Visible, StringConstraints(max_length=40)]
    value: JsonValue = None


class SavedRunIn(Stoppable):
    """A reader's choices for a run."""

    model_config = example(
        {"filters": [{"field": "course.termCode", "op": "eq", "value": "2026A"}]}
    )

    filters: list[ConditionIn] = Field(
        default_factory=list,
        max_length=20,
        description="Narrows the report; only by the fields in its `readerFilters`.",
    )
    as_of: Annotated[Visible, StringConstraints(max_length=100)] | None = Field(
        None, description="A snapshot's id or a moment, in place of the newest."
    )
    compare: JsonObject | None = Field(
        None, description="A comparison, as the report language has it."
    )

    def conditions(self) -> list[dict[str, Any]]:
        """The filters as the report language has them."""
        return [condition.model_dump(exclude_unset=True) for condition in self.filters]
