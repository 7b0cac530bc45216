"""Saved items as documents: the form of files, and the requests and answers about them."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from optilearn.analytics.saved.schemas.dashboards import MAX_TILES, BoardTextsIn, TileIn
from optilearn.analytics.saved.schemas.items import (
    ItemProblem,
    Kind,
    Tag,
    Visibility,
)
from optilearn.analytics.saved.schemas.queries import QueryTextsIn
from optilearn.analytics.saved.schemas.reports import ReportTextsIn
from optilearn.core.access.roles import Role
from optilearn.core.http.envelope import CamelSchema, JsonObject, example
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import StrictQuery
from optilearn.core.text import Seen, Visible

MAX_DOCUMENTS: Final = 500
_DOCUMENT: Final = {
    "format": 1,
    "key": "5f0c2f3e-6f1f-4b7a-9a35-0c5f7d6f9a11",
    "kind": "REPORT",
    "name": "Enrollments by course",
    "description": "",
    "tags": [],
    "visibility": "PRIVATE",
    "roles": [],
    "isPublished": False,
    "body": {
        "definition": {
            "version": 1,
            "entity": "enrollments",
            "mode": "categorical",
            "dimensions": ["course.code"],
            "measures": ["enrollments.count"],
        },
        "readerFilters": [],
    },
}


class TileDocument(TileIn):
    """A tile that names its saved report by its key."""

    saved_item_key: UUID | None = None


class BoardDocument(BoardTextsIn):
    """The content of a dashboard in a document."""

    tiles: list[TileDocument] = Field(min_length=1, max_length=MAX_TILES)  # type: ignore[assignment]  # narrower


_BODIES: Final[dict[str, Any]] = {
    "REPORT": ReportTextsIn,
    "DASHBOARD": BoardDocument,
    "QUERY": QueryTextsIn,
}


class DocumentIn(CamelSchema):
    """A saved item as a document, which names it by its key in every institution."""

    model_config = example(_DOCUMENT)

    format: Literal[1]
    key: UUID
    kind: Kind
    name: Annotated[Visible, StringConstraints(max_length=200)]
    description: Annotated[Seen, StringConstraints(max_length=2_000)] = ""
    tags: list[Tag] = Field(default_factory=list, max_length=20)
    visibility: Visibility = "PRIVATE"
    roles: list[Role] = Field(default_factory=list, max_length=len(Role))
    is_published: bool = False
    body: JsonObject = Field(description="The content, as the item's kind has it.")

    @model_validator(mode="after")
    def _has_a_body_of_its_kind(self) -> Self:
        self.body = _BODIES[self.kind].model_validate({"name": self.name, **self.body}).body()
        return self

    def document(self) -> dict[str, Any]:
        """The document as it is exported."""
        found = self.model_dump(by_alias=True, mode="json")
        return found | {"roles": sorted(found["roles"])}


class ImportIn(CamelSchema):
    """Documents to import."""

    model_config = example({"items": [_DOCUMENT], "dryRun": True})

    items: list[DocumentIn] = Field(min_length=1, max_length=MAX_DOCUMENTS)
    dry_run: bool = Field(default=True, description="Say what would be done, and do nothing.")


class StepOut(CamelSchema):
    """The outcome for one document."""

    key: UUID
    kind: Kind
    name: str
    action: Literal["CREATE", "UPDATE", "SAME", "REFUSED"]
    changes: list[str] = Field(description="In words, in the reader's language.")
    problems: list[ItemProblem]


class ExportQuery(StrictQuery):
    """The items to export."""

    ids: list[Key] = Field(
        default_factory=list, max_length=MAX_DOCUMENTS, description="None: all that one may read."
    )


class DocumentOut(CamelSchema):
    """A saved item as a document."""

    format: int
    key: UUID
    kind: Kind
    name: str
    description: str
    tags: list[str]
    visibility: Visibility
    roles: list[Role]
    is_published: bool
    body: dict[str, Any]
