"""The requests and answers of dashboards."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from optilearn.analytics.saved.schemas.items import (
    CreationIn,
    ItemProblem,
    ItemRowOut,
    RevisionIn,
    TextsIn,
)
from optilearn.analytics.saved.schemas.reports import ConditionIn
from optilearn.analytics.schemas import Stoppable
from optilearn.core.http.envelope import CamelSchema, JsonObject, JsonValue, example
from optilearn.core.http.keys import Key
from optilearn.core.text import Seen, Visible

MAX_TILES: Final = 30
FilterKey = Literal["term", "category", "class", "dateRange", "course"]
TileKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}$")]
Chart = JsonObject
Text = Annotated[Visible, StringConstraints(max_length=300)]
Texts = Text | Annotated[list[Text], Field(min_length=1, max_length=100)]
_PLACE: Final = {"column": 0, "row": 0, "width": 6, "height": 5}
_TILE: Final = {
    "key": "byCourse",
    "title": "Enrollments by course",
    "definition": {
        "version": 1,
        "entity": "enrollments",
        "mode": "categorical",
        "dimensions": ["course.code"],
        "measures": ["enrollments.count"],
    },
    "chart": {"type": "bar"},
    "place": _PLACE,
}
_BOARD: Final = {"name": "My courses", "tiles": [_TILE], "filters": [{"key": "term"}]}


class PlaceIn(CamelSchema):
    """A rectangle of a grid of twelve columns; columns and rows count from 0."""

    model_config = example(_PLACE)

    column: int = Field(ge=0, le=11)
    row: int = Field(ge=0, le=999)
    width: int = Field(ge=1, le=12)
    height: int = Field(ge=1, le=50)


class TileIn(CamelSchema):
    """One question of a dashboard: a saved report, or a definition of its own."""

    model_config = example(_TILE)

    key: TileKey
    title: Annotated[Visible, StringConstraints(max_length=200)]
    description: Annotated[Seen, StringConstraints(max_length=500)] = ""
    saved_item_id: Key | None = Field(None, description="A saved report or query.")
    definition: JsonObject | None = Field(None, description="Or a definition.")
    chart: Chart | None = Field(None, description="In place of the definition's chart.")
    labels: dict[TileKey, Annotated[Visible, StringConstraints(max_length=200)]] = Field(
        default_factory=dict, max_length=12, description="Names of measures by their keys."
    )
    date_field: Annotated[Visible, StringConstraints(max_length=300)] | None = Field(
        None, description="The date that a chosen range restricts; else the entity's main date."
    )
    compares: bool = Field(
        default=False, description="A chosen range is compared with the period before."
    )
    place: PlaceIn


class SharedFilterIn(CamelSchema):
    """A choice that a reader makes once for all tiles."""

    model_config = example({"key": "term"})

    key: FilterKey
    is_required: bool = False


class BoardTextsIn(TextsIn):
    """The content of a dashboard."""

    tiles: list[TileIn] = Field(min_length=1, max_length=MAX_TILES)
    filters: list[SharedFilterIn] = Field(default_factory=list, max_length=5)

    def body(self) -> dict[str, Any]:
        """The content as it is stored."""
        return self.model_dump(
            by_alias=True, exclude_none=True, mode="json", include={"tiles", "filters"}
        )


class BoardIn(BoardTextsIn, CreationIn):
    """A dashboard to save."""

    model_config = example(_BOARD)


class BoardChangeIn(BoardTextsIn, RevisionIn):
    """The new content of a dashboard, whole."""

    model_config = example(_BOARD | {"basedOn": 1})


class PresetCopyIn(CamelSchema):
    """A preset to copy into a dashboard of one's own."""

    model_config = example({"preset": "platform"})

    preset: Annotated[Visible, StringConstraints(max_length=40)]
    name: Annotated[Visible, StringConstraints(max_length=200)] | None = None


class DateRangeIn(CamelSchema):
    """A range of dates, as the report language has conditions."""

    model_config = example({"op": "inLast", "value": {"n": 4, "unit": "week"}})

    op: Annotated[Visible, StringConstraints(max_length=40)]
    value: JsonValue = None


class FilterValuesIn(CamelSchema):
    """The values of the shared filters: one or several of each."""

    model_config = example({"term": "2026A"})

    term: Texts | None = None
    category: Texts | None = None
    class_: Texts | None = Field(None, alias="class")
    date_range: DateRangeIn | None = None
    course: Key | list[Key] | None = None

    def values(self) -> dict[str, Any]:
        """The values that were given, by the filters' keys."""
        return self.model_dump(by_alias=True, exclude_none=True)


class CrossFilterIn(ConditionIn):
    """A value that was clicked in a tile; the other tiles that can are narrowed to it."""

    model_config = example(
        {"tile": "byCourse", "field": "course.code", "op": "eq", "value": "MATH"}
    )

    tile: TileKey


class BoardChoicesIn(Stoppable):
    """A reader's choices on a dashboard."""

    filters: FilterValuesIn | None = None
    cross_filter: CrossFilterIn | None = None


class BoardRunIn(BoardChoicesIn):
    """A run of all tiles."""

    model_config = example({"filters": {"term": "2026A"}})

    as_of: Annotated[Visible, StringConstraints(max_length=100)] | None = Field(
        None, description="A snapshot's id or a moment, in place of the newest."
    )
    draft: bool = Field(default=False, description="The newest draft, for who may edit it.")


class TileRunIn(BoardChoicesIn):
    """A run of one tile."""

    model_config = example({"snapshotId": "20261001T000000Z-1f2e3d4c"})

    snapshot_id: Annotated[Visible, StringConstraints(max_length=100)] | None = Field(
        None, description="The snapshot that the other tiles are of."
    )


class PresetOut(CamelSchema):
    """A dashboard that every institution has."""

    id: str
    title: str
    description: str


class SharedFilterOut(CamelSchema):
    """A choice for all tiles."""

    key: FilterKey
    title: str
    is_required: bool


class TileOut(CamelSchema):
    """A tile without its data."""

    key: str
    title: str
    description: str
    saved_item_id: int | None
    definition: dict[str, Any] | None = Field(description="Null for a tile of a saved item.")
    chart: Chart | None
    labels: dict[str, str]
    date_field: str | None
    compares: bool
    place: PlaceIn


class BoardOut(CamelSchema):
    """A dashboard: a preset in the reader's language, or a saved one as it was written."""

    id: str = Field(description="A preset's key, or a saved dashboard's id.")
    title: str
    description: str
    filters: list[SharedFilterOut]
    tiles: list[TileOut]
    saved: ItemRowOut | None = Field(description="Null for a preset, which can only be copied.")
    problems: list[ItemProblem]
