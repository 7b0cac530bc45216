"""The requests of the builder's scripts."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, model_validator

from optilearn.core.http.envelope import CamelSchema, JsonObject, JsonValue


class Display(CamelSchema):
    """The reader's choices of looks."""

    chart: JsonObject | None = None
    theme: Literal["light", "dark"] = "light"
    pivot: bool = False


class Condition(CamelSchema):
    """A reader's condition on a field, as the report language has it."""

    field: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    op: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    value: JsonValue = None


class Question(CamelSchema):
    """A definition; or a saved report, narrowed by its reader."""

    definition: JsonObject | None = None
    report_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    filters: list[Condition] = Field(default_factory=list, max_length=20)
    as_of: Annotated[str, StringConstraints(max_length=100)] | None = None
    display: Display = Field(default_factory=Display)

    @model_validator(mode="after")
    def _names_one_source(self) -> Self:
        if (self.definition is None) == (self.report_id is None):
            raise ValueError(_("Send a definition or a saved report."))
        return self

    def conditions(self) -> list[dict[str, Any]]:
        """The reader's filters as the report language has them."""
        return [one.model_dump(exclude_unset=True) for one in self.filters]


class Place(CamelSchema):
    """A number of a result: its measure, and the groups of its row."""

    measure: Annotated[str, StringConstraints(max_length=1_000)]
    row: list[JsonValue] = Field(default_factory=list, max_length=20)


class DrillIn(Question):
    """A number whose rows are wanted."""

    cell: Place


class ValuesIn(CamelSchema):
    """A field whose values are wanted."""

    entity: Annotated[str, StringConstraints(max_length=100)]
    path: Annotated[str, StringConstraints(max_length=300)]
    text: Annotated[str, StringConstraints(max_length=100)] = ""
