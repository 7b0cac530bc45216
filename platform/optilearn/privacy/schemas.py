"""The requests and answers of exports and erasures."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypeAliasType

from optilearn.core.http.envelope import CamelSchema, example
from optilearn.core.text import Visible

ErasureRule = TypeAliasType("ErasureRule", Literal["CASCADE", "ANONYMISE", "RETAIN"])


class ExportedTable(CamelSchema):
    """The rows of a table that refer to the person by one of its columns."""

    table: str
    column: str
    rule: ErasureRule = Field(description="What an erasure does to them.")
    reason: str
    rows: list[dict[str, Any]]


class ExportOut(CamelSchema):
    """Everything that refers to a person."""

    exported_at: str
    person: dict[str, Any]
    tables: list[ExportedTable]


class EraseIn(CamelSchema):
    """The reason, and the person's code for confirmation."""

    model_config = example({"reason": "She asked for it in writing.", "confirm": "S-104"})

    reason: Annotated[Visible, StringConstraints(min_length=3, max_length=500)] = Field(
        description="For the audit log, which never forgets: without the person's name.",
    )
    confirm: str = Field(min_length=1, max_length=500)


class ErasedTable(CamelSchema):
    """The treatment of the rows of a table."""

    table: str
    rule: ErasureRule
    reason: str
    rows: int


class ErasedOut(CamelSchema):
    """An erasure."""

    person_id: int
    tables: list[ErasedTable]
