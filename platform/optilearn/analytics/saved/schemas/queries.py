"""The requests and answers of saved SQL queries."""

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
from optilearn.core.http.envelope import example
from optilearn.core.text import Visible

_QUERY = {
    "name": "Enrollments by status",
    "sql": "SELECT status, count(*) FROM enrollments GROUP BY 1",
}


class QueryTextsIn(TextsIn):
    """The content of a query."""

    sql: Annotated[Visible, StringConstraints(max_length=100_000)]

    def body(self) -> dict[str, Any]:
        """The content as it is stored."""
        return {"sql": self.sql}


class QueryIn(QueryTextsIn, CreationIn):
    """An SQL query to save."""

    model_config = example(_QUERY)


class QueryChangeIn(QueryTextsIn, RevisionIn):
    """The new content of a query, whole."""

    model_config = example(_QUERY | {"basedOn": 1})


class QueryOut(ItemRowOut):
    """A saved query. Editors get the newest draft, readers what is published."""

    sql: str
    problems: list[ItemProblem] = Field(description="Empty: SQL is checked where it runs.")
