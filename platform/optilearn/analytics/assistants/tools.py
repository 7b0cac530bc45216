"""The tools of assistants: each is one call of the API, under the caller's token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations
from pydantic import Field

from optilearn.analytics.assistants.client import Api
from optilearn.analytics.assistants.searching import search

Definition = Annotated[
    dict[str, Any],
    Field(
        description=(
            'A report definition, as {"version": 1, "entity": "enrollments", "mode":'
            ' "categorical", "dimensions": ["course.code"], "measures": ["enrollments.count"]}. Ask'
            " report_schema for all that it can hold."
        )
    ),
]
Rows = Annotated[int, Field(ge=1, le=1_000, description="The rows that are wanted back.")]
_READS: Final = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_WRITES: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)


class StrictTool(Tool):
    """A tool that refuses arguments that it doesn't have, which the package would ignore."""

    async def run(
        self,
        arguments: dict[str, Any],
        context: Context[Any, Any],
        convert_result: bool = False,  # noqa: FBT001, FBT002 - as the package calls it
    ) -> Any:
        """Call the tool. Raises ``ToolError`` with the arguments that there are."""
        known = self.parameters["properties"]
        unknown = [name for name in arguments if name not in known]
        if unknown:
            names = ", ".join(known) or "none"
            raise ToolError(f"{self.name} has no argument {', '.join(unknown)}. Use: {names}.")
        return await super().run(arguments, context, convert_result=convert_result)


class Tools:
    """The tools, over one server of ours."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def all(self) -> list[Tool]:
        """Return them all, for a server."""
        reads: tuple[Callable[..., Any], ...] = (
            self.search_catalog,
            self.report_schema,
            self.validate_report,
            self.explain_report,
            self.run_report,
            self.drill_report,
            self.list_saved_reports,
            self.run_saved_report,
        )
        return [
            *(StrictTool.from_function(tool, annotations=_READS) for tool in reads),
            StrictTool.from_function(self.save_draft, annotations=_WRITES),
        ]

    async def search_catalog(
        self,
        ctx: Context,
        query: Annotated[
            str, Field(description="Words; what has more of them comes first. None: everything.")
        ] = "",
        entity: Annotated[str | None, Field(description="Only of this entity.")] = None,
        measures: Annotated[
            list[str] | None,
            Field(description="With an entity: list the dimensions that fit these metrics."),
        ] = None,
    ) -> dict[str, Any]:
        """Find entities, fields and metrics that reports can use. Begin here, without words."""
        chosen = {"entity": entity, "measures": measures} if measures else {}
        catalog = (await self._api.get("/catalog", token_of(ctx), chosen))["data"]
        found = search(catalog, query, entity) | {"catalog": catalog["digest"]}
        return found | ({"fits": catalog["fits"]} if catalog.get("fits") else {})

    async def validate_report(self, ctx: Context, definition: Definition) -> dict[str, Any]:
        """Check a definition without running it; every problem is listed with its place."""
        return await self._asked(ctx, "/reports/validate", {"definition": definition})

    async def explain_report(self, ctx: Context, definition: Definition) -> dict[str, Any]:
        """Say in words what a definition asks. Show it to the reader beside the numbers."""
        return await self._asked(ctx, "/reports/explain", {"definition": definition})

    async def run_report(
        self, ctx: Context, definition: Definition, rows: Rows = 100
    ) -> dict[str, Any]:
        """Answer a definition. ``meta`` names the snapshot and the warnings: pass them on."""
        data = await self._asked(ctx, "/reports/run", {"definition": definition})
        return first_rows(data, rows)

    async def drill_report(
        self,
        ctx: Context,
        definition: Definition,
        measure: Annotated[str, Field(description="The key of the measure's column.")],
        row: Annotated[
            list[Any], Field(description="The groups of the row; fewer of them for a total.")
        ],
        entity: Annotated[str | None, Field(description="Of a formula: whose rows.")] = None,
        rows: Rows = 100,
    ) -> dict[str, Any]:
        """List the records behind one number of a report."""
        cell = {"measure": measure, "row": row} | ({"entity": entity} if entity else {})
        body = {"definition": definition, "cell": cell}
        return first_rows(await self._asked(ctx, "/reports/drill", body), rows)

    async def list_saved_reports(
        self,
        ctx: Context,
        query: Annotated[str, Field(description="Words of names, descriptions, tags.")] = "",
        page: Annotated[int, Field(ge=1)] = 1,
    ) -> dict[str, Any]:
        """List the saved reports that the caller may read, 25 at a time."""
        found = await self._api.get("/saved-reports", token_of(ctx), {"q": query, "page": page})
        return {"reports": found["data"], "meta": found["meta"]}

    async def run_saved_report(
        self,
        ctx: Context,
        report_id: int,
        filters: Annotated[
            list[dict[str, Any]] | None,
            Field(description='Narrows it by its reader filters: [{"field", "op", "value"}].'),
        ] = None,
        rows: Rows = 100,
    ) -> dict[str, Any]:
        """Answer a saved report within the caller's own scope."""
        path = f"/saved-reports/{report_id}/run"
        return first_rows(await self._asked(ctx, path, {"filters": filters or []}), rows)

    async def save_draft(
        self, ctx: Context, name: str, definition: Definition, description: str = ""
    ) -> dict[str, Any]:
        """Save a definition as a private draft of the caller's. A person reviews and shares it."""
        body = {"name": name, "description": description, "definition": definition}
        return await self._asked(ctx, "/saved-reports", body)

    async def report_schema(self, ctx: Context) -> dict[str, Any]:
        """Give the JSON Schema of a report definition."""
        return dict((await self._api.get("/reports/schema", token_of(ctx)))["data"])

    async def _asked(self, ctx: Context, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return dict((await self._api.post(path, token_of(ctx), body))["data"])


def token_of(ctx: Context) -> str | None:
    """The caller's own token where they came over HTTP; None over stdio."""
    headers = ctx.headers or {}
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def first_rows(data: dict[str, Any], rows: int) -> dict[str, Any]:
    """The result with its first rows; ``rowsShown`` tells how many of ``meta.rowCount``."""
    shown = dict(data) | {"rows": data["rows"][:rows]}
    shown["suppressed"] = [cell for cell in data["suppressed"] if cell[0] < rows]
    if data.get("compare"):
        compared = data["compare"]
        shown["compare"] = compared | {
            "rows": compared["rows"][:rows],
            "suppressed": [cell for cell in compared["suppressed"] if cell[0] < rows],
        }
    return shown | {"rowsShown": len(shown["rows"])}
