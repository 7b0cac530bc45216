"""Writing and running SQL over a snapshot, saving it, reading it as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from optilearn.analytics.exports.rendering import content_type_of
from optilearn.analytics.exports.services import ExportFormat
from optilearn.analytics.refusal_words import in_readers_language
from optilearn.analytics.saved import services as saved
from optilearn.analytics.saved.content import Content
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.listing import items_list
from optilearn.analytics.saved.schemas.items import ItemQuery
from optilearn.analytics.saved.schemas.queries import QueryTextsIn
from optilearn.analytics.saved.selectors import item_detail
from optilearn.analytics.sql import services
from optilearn.analytics.sql.schemas import SqlFormat, SqlIn
from optilearn.analytics.sql.selectors import sql_schema
from optilearn.core.access.roles import SEES_SQL
from optilearn.core.errors import AppError, ErrorCode
from optilearn.web.pages import WebRequest, flash, page, parse, problems_in, redirect_to, show
from optilearn.web.sql import results

Row = dict[str, Any]

FORMATS: Final = ("csv", "xlsx", "parquet", "arrow")
_MEDIA: Final = {
    "csv": content_type_of(ExportFormat.CSV),
    "xlsx": content_type_of(ExportFormat.XLSX),
    "parquet": content_type_of(ExportFormat.PARQUET),
    "arrow": "application/vnd.apache.arrow.stream",
}
_ENDINGS: Final = {"arrow": "arrows"}
EXAMPLE: Final = """SELECT c.code, count(*) AS enrolled
FROM enrollments e JOIN courses c ON c.id = e.courseId
GROUP BY ALL
ORDER BY enrolled DESC"""
_GONE: Final = frozenset({ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN})


@page(roles=SEES_SQL)
def editor(request: WebRequest) -> HttpResponse:
    """The editor with the schema beside it; a saved query in it, if one is named."""
    item = _item(request, request.GET.get("query", ""))
    sql = item["sql"] if item else request.GET.get("sql", "")[:100_000] or EXAMPLE
    return _page(request, sql=sql, item=item)


def _page(request: WebRequest, *, sql: str, item: Row | None, **more: Any) -> HttpResponse:
    as_of = str(more.get("as_of") or "")
    schema, problem = _schema(request, as_of)
    query = ItemQuery.model_validate({"per_page": 100})
    rows, _total = items_list(request.principal, Kind.QUERY, query)
    context = {
        "nav": "sql",
        "chapter": "analysts",
        "wide": True,
        "sql": sql,
        "item": item,
        "schema": schema,
        "schema_problem": problem,
        "words": _words(schema),
        "saved": rows,
        "formats": FORMATS,
        "texts": _texts(),
        **more,
    }
    return show(request, "web/sql/editor.html", context, status=int(more.get("status", 200)))


def _schema(request: WebRequest, as_of: str) -> tuple[Row | None, str]:
    """The views that can be read; or the reason why there are none."""
    try:
        return sql_schema(request.principal, as_of or None), ""
    except AppError as error:
        return None, error.message


def _words(schema: Row | None) -> Row:
    """The names that the editor completes."""
    views = schema["views"] if schema else ()
    return {view["name"]: [column["name"] for column in view["columns"]] for view in views}


@require_POST
@page(roles=SEES_SQL)
def run(request: WebRequest) -> HttpResponse:
    """Run a statement: its result in a table, and a chart where one fits."""
    sql, as_of = _sent(request)
    item_id = request.POST.get("query", "")
    context: Row = {"nav": "sql", "sql": sql, "as_of": as_of, "formats": FORMATS}
    try:
        wanted = parse(SqlIn, {"sql": sql, "asOf": as_of or None, "runId": _run_id(request)})
        statement = services.Statement(wanted.sql, wanted.as_of, wanted.run_id)
        result = services.run_sql(principal=request.principal, statement=statement)
    except AppError as error:
        if error.code in _GONE:
            raise
        context |= _refusal(error, sql)
    else:
        wire = services.wire_of(result)
        figure = results.chart_of(wire)
        context |= {
            "table": results.table_of(wire),
            "meta": wire["meta"] | {"warnings": list(map(_warning, wire["meta"]["warnings"]))},
            "figure": json.dumps(figure) if figure else "",
        }
    if "HX-Request" in request.headers:
        return show(request, "web/sql/_result.html", context, partial="web/sql/_result.html")
    return _page(request, item=_item(request, item_id), has_result=True, **context)


def _warning(notice: Mapping[str, str]) -> Row:
    return {name: in_readers_language(notice[name]) for name in ("message", "hint")}


def _refusal(error: AppError, sql: str) -> Row:
    problems = problems_in(error) or [{"message": error.message, "hint": ""}]
    for one in problems:
        one["line"] = results.line_of(one["message"], sql)  # type: ignore[assignment]
    return {"refused": problems}


def _sent(request: WebRequest) -> tuple[str, str]:
    sql = request.POST.get("sql", "").replace("\r\n", "\n").replace("\x00", "")
    return sql, request.POST.get("as_of", "").strip()


def _run_id(request: WebRequest) -> str | None:
    try:
        return str(UUID(request.POST.get("run_id", "")))
    except ValueError:
        return None


@require_POST
@page(roles=SEES_SQL)
def file(request: WebRequest) -> HttpResponse:
    """Run a statement, and answer every row as a file."""
    sql, as_of = _sent(request)
    form = request.POST.get("format", "csv")
    try:
        if form not in FORMATS:  # JSON, say, which is the API's
            form = ""
        wanted = parse(SqlIn, {"sql": sql, "asOf": as_of or None, "format": form})
        body = services.run_sql_file(
            principal=request.principal,
            statement=services.Statement(wanted.sql, wanted.as_of),
            form=ExportFormat((wanted.format or SqlFormat.CSV).value),
        )
    except AppError as error:
        if error.code in _GONE:
            raise
        item = _item(request, request.POST.get("query", ""))
        more = {"as_of": as_of, "has_result": True, "status": 422}
        return _page(request, sql=sql, item=item, **more, **_refusal(error, sql))
    response = HttpResponse(body, content_type=_MEDIA[form])
    ending = _ENDINGS.get(form, form)
    response["Content-Disposition"] = f'attachment; filename="result.{ending}"'
    return response


@require_POST
@page(roles=SEES_SQL)
def save(request: WebRequest) -> HttpResponse:
    """Save the statement: as a new query, or as a new version of the one that is open."""
    sql, as_of = _sent(request)
    item = _item(request, request.POST.get("query", ""))
    name = request.POST.get("name", "")[:200]
    is_new = item is None or not item["mayEdit"] or request.POST.get("as") == "new"
    try:
        texts = parse(QueryTextsIn, {"name": name, "sql": sql})
        content = Content(texts.name, body=texts.body())
        if is_new or item is None:
            saved_id = saved.create_item(
                principal=request.principal, kind=Kind.QUERY, content=content, publish=True
            )
        else:
            saved_id = int(item["id"])
            _save_version(request, item, content)
    except AppError as error:
        if error.code in _GONE:
            raise
        found = problems_in(error) or [{"path": "", "message": error.message, "hint": ""}]
        problems = [
            one | {"href": "#query-name" if one["path"] == "/name" else "#sql"} for one in found
        ]
        more: Row = {"as_of": as_of, "problems": problems, "name": name, "status": 422}
        return _page(request, sql=sql, item=item, **more)
    flash(request, _("Query saved."))
    return redirect_to(f"/sql?query={saved_id}")


def _save_version(request: WebRequest, item: Row, content: Content) -> None:
    whole = Content(content.name, item["description"], item["tags"], content.body)
    based_on = request.POST.get("version", "")
    is_number = based_on.isascii() and based_on.isdecimal() and len(based_on) < 10
    number = int(based_on) if is_number else item["version"]
    saved.save_item(
        principal=request.principal,
        item_id=int(item["id"]),
        kind=Kind.QUERY,
        content=whole,
        save=saved.Save(number, publish=True),
    )


def _item(request: WebRequest, item_id: str) -> Row | None:
    """The saved query that is open. Raises ``AppError`` NOT_FOUND."""
    if not (item_id.isascii() and item_id.isdecimal() and len(item_id) < 18):
        return None
    return item_detail(request.principal, int(item_id), Kind.QUERY)


def _texts() -> dict[str, str]:
    """The texts of the page's script."""
    return {
        "running": _("Running …"),
        "stopped": _("Stopped."),
        "done": _("The result is there."),
        "noHistory": _("What you run is listed here, on this device alone."),
        "tabHint": _("Tab indents. Press Escape, then Tab, to leave the editor."),
        "completions": _("Completions"),
    }
