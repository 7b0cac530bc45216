"""Answers back as results: what is cached and sent is JSON, what is drawn is a ``Result``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from django.utils.translation import gettext

from dashboards.formats import bucket_name
from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.presenting.looks import locale
from optilearn.analytics.refusal_words import is_english
from optilearn.analytics.saved.labels import Labels
from optilearn.analytics.services import Answer
from optilearn.core.access.principal import Principal
from optilearn.core.jsontext import read_json
from optilearn.institutions.selectors import institution_by_id
from reports.api import Catalog
from reports.contracts import (
    Cell,
    Column,
    Compared,
    Notice,
    ReportMeta,
    Result,
    Scope,
    ScopeKind,
    SnapshotInfo,
    Total,
)

Wire = Mapping[str, Any]
_NOISE: Final = "\u2248 "
"""Before the label of numbers with noise."""
_NUMBERS: Final = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "REAL", "NUMERIC")


def result_of(wire: Wire, definition: Mapping[str, Any], scope: Scope, zone: str) -> Result:
    """The result that :meth:`reports.contracts.Result.to_wire` wrote as ``wire``.

    ``definition`` is the question, and ``zone`` the clock on which instants are shown. The words of
    the question aren't on the wire, and are left empty.
    """
    columns = tuple(_column(one) for one in wire["columns"])
    return Result(
        columns=columns,
        rows=_rows(columns, wire["rows"]),
        totals=_totals(columns, wire.get("totals")),
        meta=_meta(wire["meta"], scope, zone),
        definition=definition,
        suppressed=_pairs(wire.get("suppressed")),
        compare=_compared(columns, wire.get("compare")),
    )


def result_of_answer(principal: Principal, answer: Answer) -> Result:
    """The result that an answer holds, its columns labeled in the reader's language.

    Of the scope it has what the answer says: the kind, and no ids.
    """
    wire = read_json(answer.data)
    scope = Scope(principal.institution_id, ScopeKind(wire["meta"]["scope"]["kind"]))
    zone = institution_by_id(principal.institution_id).time_zone
    return in_readers_language(result_of(wire, answer.definition, scope, zone), current_catalog())


def result_of_sql(wire: Wire, chart: Mapping[str, Any] | None, scope: Scope, zone: str) -> Result:
    """The answer to a saved query as a result: text and dates group, numbers are measures."""
    columns = tuple(
        Column(str(n), one["name"], _kind(one["type"]), format=None)
        for n, one in enumerate(wire["columns"])
    )
    numbers = [c for c in columns if c.type == "decimal"]
    leading = next((n for n, c in enumerate(columns) if c.type == "decimal"), len(columns))
    is_table = not chart or not numbers or any(c.type != "decimal" for c in columns[leading:])
    definition: dict[str, Any] = {"version": 1, "mode": "rows", "chart": {"type": "table"}}
    if not is_table:
        dimensions = [c.key for c in columns[:leading]]
        definition = {"version": 1, "mode": "categorical", "dimensions": dimensions, "chart": chart}
    meta = {"warnings": (), **wire["meta"]}
    return Result(
        columns=columns,
        rows=_rows(columns, wire["rows"]),
        totals=None,
        meta=_meta(meta, scope, zone),
        definition=definition,
    )


def in_readers_language(result: Result, catalog: Catalog) -> Result:
    """The result with the labels of its columns, and of their codes, in the reader's language."""
    definition = result.definition
    columns = tuple(readers_column(column, definition, catalog) for column in result.columns)
    return replace(result, columns=columns)


def readers_column(column: Column, definition: Mapping[str, Any], catalog: Catalog) -> Column:
    """A column of a definition with its label, and those of its codes, in the reader's language."""
    labels = Labels(catalog, str(definition.get("entity", "")))
    fields = _aggregated(definition)
    return replace(
        column,
        label=column.label if is_english() else _label(column, labels, definition),
        choices=labels.choices(fields.get(column.key, column.key)),
    )


def _aggregated(definition: Mapping[str, Any]) -> dict[str, str]:
    """The field of each measure by its key; empty where the measure has none."""
    measures = definition.get("measures") or ()
    return {
        str(one["key"]): str(one.get("field", ""))
        for one in measures
        if isinstance(one, Mapping) and "key" in one
    }


def translated(column: Column) -> Column:
    """A column of the engine's with its codes' labels in the reader's language."""
    choices = tuple((code, gettext(label)) for code, label in column.choices)
    return replace(column, choices=choices)


def _label(column: Column, labels: Labels, definition: Mapping[str, Any]) -> str:
    time = definition.get("time") or {}
    if isinstance(time, Mapping) and column.key == time.get("field") and "bucket" in time:
        return bucket_name(str(time["bucket"]), locale())
    if column.label.startswith(_NOISE):
        plain = replace(column, label=column.label.removeprefix(_NOISE))
        return _NOISE + _label(plain, labels, definition)
    translated = gettext(column.label) if column.label else ""
    if translated != column.label:
        return translated
    for found in (labels.field(column.key), labels.metric(column.key)):
        if found != column.key:
            return found
    return column.label


def _column(wire: Wire) -> Column:
    return Column(
        str(wire["key"]),
        str(wire["label"]),
        str(wire["type"]),
        wire.get("unit"),
        wire.get("format"),
        is_perturbed=bool(wire.get("perturbed")),
    )


def _kind(sql_type: str) -> str:
    name = sql_type.upper()
    if name.startswith("DATE"):
        return "date"
    if name.startswith("TIMESTAMP"):
        return "timestamp"
    return "decimal" if any(part in name for part in _NUMBERS) else "text"


def _rows(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> tuple[tuple[Cell, ...], ...]:
    dated = [n for n, c in enumerate(columns) if c.type in {"date", "timestamp"}]
    return tuple(_row(columns, row, dated) for row in rows)


def _row(columns: Sequence[Column], row: Sequence[Any], dated: Sequence[int]) -> tuple[Cell, ...]:
    cells: list[Any] = [tuple(cell) if isinstance(cell, list) else cell for cell in row]
    for n in dated:
        if isinstance(cells[n], str):
            cells[n] = _instant(cells[n], is_date=columns[n].type == "date")
    return tuple(cells)


def _instant(text: str, *, is_date: bool) -> Cell:
    try:
        return date.fromisoformat(text[:10]) if is_date else datetime.fromisoformat(text)
    except ValueError:
        return text


def _totals(columns: Sequence[Column], totals: Any) -> tuple[Total, ...] | None:
    if totals is None:
        return None
    return tuple(
        Total(one["level"], _rows(columns, [one["row"]])[0], tuple(one.get("suppressed", ())))
        for one in totals
    )


def _compared(columns: Sequence[Column], wire: Wire | None) -> Compared | None:
    if wire is None:
        return None
    return Compared(
        wire["label"],
        _rows(columns, wire["rows"]),
        _pairs(wire.get("suppressed")),
        _totals(columns, wire.get("totals")),
    )


def _pairs(wire: Any) -> tuple[tuple[int, int], ...]:
    return tuple((row, column) for row, column in wire or ())


def _meta(wire: Wire, scope: Scope, zone: str) -> ReportMeta:
    snapshot = wire.get("snapshot") or {}
    moment = snapshot.get("takenAt")
    return ReportMeta(
        row_count=wire.get("rowCount", 0),
        total_row_count=wire.get("totalRowCount", wire.get("rowCount", 0)),
        ms=wire.get("ms", 0.0),
        truncated=bool(wire.get("truncated")),
        snapshot=SnapshotInfo(
            str(snapshot.get("id", "")),
            datetime.fromisoformat(moment) if moment else datetime.min.replace(tzinfo=UTC),
            int(snapshot.get("schemaVersion", 0)),
            zone,
        ),
        scope=scope,
        definition_digest=str(wire.get("definitionDigest", "")),
        warnings=tuple(
            Notice(one["code"], one["message"], one.get("path", ""), one.get("hint", ""))
            for one in wire.get("warnings", ())
        ),
        cached=bool(wire.get("cached")),
    )
