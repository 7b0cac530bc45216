"""Reading which cell is meant, and what its rows show."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from reports.catalog.model import Catalog, Entity, FieldType
from reports.catalog.paths import Path, key_field, label_of
from reports.compiler.buckets import bin_label
from reports.compiler.drill import Cell, Value
from reports.contracts import Column, ReportMeta, Result, wire_value
from reports.engine.calendar import Calendar
from reports.engine.decode import academic_year, columns_of, decode_listing
from reports.engine.question import Question
from reports.engine.snapshots import OpenSnapshot
from reports.engine.suppression import Hidden
from reports.errors import Problem, ReportInvalid
from reports.language.folding import composed
from reports.language.formulas import bases_of
from reports.language.problems import Problems, did_you_mean, pointer, shown
from reports.language.report import (
    Arithmetic,
    Base,
    Dimension,
    Measure,
    Report,
    ShownField,
)
from reports.language.shape import Node
from reports.language.validate import digest_of
from reports.language.values import BadValue, constant
from reports.language.words import PART_BUCKETS

CELL_KEYS: Final = ("measure", "row", "entity")
_NAMES: Final = ("name", "code", "title")


@dataclass(frozen=True)
class Drill:
    """A cell, and the report of rows that shows what is behind it."""

    cell: Cell
    listing: Report
    measure: Measure


def read_drill(raw: object, report: Report, snapshot: OpenSnapshot) -> Drill:
    """The cell that ``raw`` means: a measure, and the groups of a row or of a total.

    Its rows show what the snapshot has of them: an older one may lack some fields.
    Raises :class:`~reports.errors.ReportInvalid`.
    """
    catalog, calendar = snapshot.catalog, snapshot.calendar
    problems = Problems()
    node = Node(raw, "/cell", problems, CELL_KEYS)
    measure = _measure(node, report)
    values = _values(node, report, calendar)
    if report.having and len(values) < report.group_count:
        message = "The total is of the groups that having leaves, so its rows can't be listed."
        node.refuse("row", message, "Drill into one of the groups.", "TOTAL_OF_CHOSEN")
    problems.raise_if_any()
    assert measure is not None
    among, counted = _bases(node, measure)
    problems.raise_if_any()
    entity = catalog.by_key[among[0].entity]
    candidates = _shown(catalog, entity, (*among, *bases_of(measure.formula)))
    paths = tuple(p for p in candidates if snapshot.has(p))
    fields = tuple(ShownField(p.text, p, label_of(catalog, p)) for p in paths)
    listing = replace(
        report,
        mode="rows",
        entity=entity.key,
        columns=fields,
        dimensions=(),
        time=None,
        measures=(),
        having=(),
        sort=(),
        limit=None,
        totals="none",
        compare=None,
    )
    return Drill(Cell(values, among, counted, paths), listing, measure)


def _measure(node: Node, report: Report) -> Measure | None:
    key = node.text("measure", needed=True)
    found = next((m for m in report.measures if m.key == key), None)
    if key is not None and found is None:
        keys = [m.key for m in report.measures]
        hint = did_you_mean(key, keys) if keys else ""
        node.refuse("measure", f"There is no measure {shown(key)}.", hint, "UNKNOWN_MEASURE")
    return found


def _bases(node: Node, measure: Measure) -> tuple[tuple[Base, ...], Base | None]:
    """The aggregates whose rows are listed: of a rate its base, with what it counts marked."""
    formula = measure.formula
    if isinstance(formula, Arithmetic) and formula.op == "/":
        top, bottom = formula.left, formula.right
        is_rate = isinstance(top, Base) and isinstance(bottom, Base)
        if is_rate and top.entity == bottom.entity and top.window == bottom.window:  # type: ignore[union-attr]  # both are aggregates
            return (bottom,), top  # type: ignore[return-value]  # both are aggregates
    bases = bases_of(formula)
    entities = list(dict.fromkeys(base.entity for base in bases))
    wanted = node.text("entity") or (entities[0] if entities else None)
    if wanted not in entities:
        hint = did_you_mean(wanted, entities) if entities else ""
        node.refuse("entity", f"The measure is not made of {shown(wanted)}.", hint, "NO_ROWS")
        return (), None
    first = next(base for base in bases if base.entity == wanted)
    same = (first.window, first.shifts)
    return tuple(b for b in bases if b.entity == wanted and (b.window, b.shifts) == same), None


def _values(node: Node, report: Report, calendar: Calendar) -> tuple[Value, ...]:
    raw = node.items("row", report.group_count)
    found: list[Value] = []
    offset = 1 if report.time is not None else 0
    for number, value in enumerate(raw):
        try:
            if offset and number == 0:
                found.append(_bucket(value, report, calendar))
            else:
                found.append(_group(value, report.dimensions[number - offset]))
        except BadValue as error:
            node.problems.add("WRONG_TYPE", pointer(node.at("row"), number), str(error))
    return tuple(found)


def _bucket(value: object, report: Report, calendar: Calendar) -> Value:
    assert report.time is not None
    bucket = report.time.bucket
    if bucket == "term":
        codes = [term.code for term in calendar.terms]
        if value not in codes:
            raise BadValue(f"There is no term {shown(value)}.")
        return codes.index(str(value))
    if bucket == "academicYear":
        text = str(value).partition("/")[0]
        year = int(text) if text.isdecimal() and len(text) <= 4 else -1
        if academic_year(year, is_split=calendar.year_month > 1) != value:
            raise BadValue(f"There is no academic year {shown(value)}.")
        return year
    if bucket in (*PART_BUCKETS, "weekOfTerm"):
        return constant(value, FieldType.INTEGER)
    if bucket == "hour":
        moment = constant(value, FieldType.TIMESTAMP)
        return moment.replace(tzinfo=None) if isinstance(moment, datetime) else moment
    return constant(value, FieldType.DATE)


def _group(value: object, dimension: Dimension) -> Value:
    if value is None:
        return None
    if dimension.bins:
        labels = [bin_label(dimension.bins, n) for n in range(len(dimension.bins) + 1)]
        if value not in labels:
            raise BadValue(f"There is no bin {shown(value)}.")
        return labels.index(str(value))
    kind = dimension.path.field.type
    if kind is FieldType.FLOAT and isinstance(value, int | float) and not isinstance(value, bool):
        return _float(value)
    found = constant(value, kind)
    if isinstance(found, str):
        return composed(found)
    if kind is FieldType.TIMESTAMP and isinstance(found, datetime):
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    return found


def _float(value: float) -> float:
    """A float as a result has it, of any size and with all its digits."""
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise BadValue("This number is too large.")
    return found


def _shown(catalog: Catalog, entity: Entity, bases: tuple[Base, ...]) -> Iterator[Path]:
    """The entity's own fields, the name of each parent, and what is aggregated."""
    seen: set[tuple[tuple[str, ...], str]] = set()
    for path in _candidates(catalog, entity, bases):
        key = (path.hops, path.field.name)
        if key not in seen:
            seen.add(key)
            yield path


def _candidates(catalog: Catalog, entity: Entity, bases: tuple[Base, ...]) -> Iterator[Path]:
    key = key_field(entity)
    if key is not None:
        yield Path(entity.key, (), entity.key, key, key.name)
    for relation in entity.relations:
        parent = catalog.by_key[relation.to]
        name = next((n for n in _NAMES if n in parent.fields_by_name), None)
        if name is not None:
            field = parent.fields_by_name[name]
            text = f"{relation.name}.{name}"
            yield Path(entity.key, (relation.name,), parent.key, field, text)
    for field in entity.fields:
        yield Path(entity.key, (), entity.key, field, field.name)
    for base in bases:
        if base.operand is not None and base.entity == entity.key:
            yield base.operand


def check_cell(report: Report, drill: Drill, raw: Mapping[str, Any], hidden: Hidden) -> None:
    """Refuse to list the rows of a cell that is hidden.

    Raises :class:`~reports.errors.ReportInvalid`.
    """
    column = report.group_count + [m.key for m in report.measures].index(drill.measure.key)
    wanted = list(raw.get("row") or ())
    level = len(wanted)
    if level == report.group_count:
        shown = {
            tuple(map(wire_text, row[:level]))
            for i, row in enumerate(hidden.answer.rows)
            if (i, column) not in hidden.suppressed
        }
    else:
        shown = {
            tuple(map(wire_text, t.row[:level]))
            for t in hidden.answer.totals or ()
            if t.level == level and column not in t.suppressed
        }
        # The rows of a total are those of its cells, hidden ones among them.
        shown -= {tuple(map(wire_text, hidden.answer.rows[i][:level]))
                  for i, at in hidden.suppressed if at == column}  # fmt: skip
    if tuple(map(wire_text, wanted)) not in shown:
        message = "The rows of this number are hidden: it is about too few people."
        raise ReportInvalid([Problem("SMALL_CELLS", "/cell/row", message)])


def wire_text(value: object) -> str:
    """A group's value as text, alike whether it comes from a result or from outside."""
    wire = wire_value(value)
    if isinstance(wire, float) and wire.is_integer():
        wire = int(wire)
    return composed(str(wire))


def drilled(drill: Drill, question: Question, raw: Mapping[str, Any], started: float) -> Result:
    """The rows, with a mark on those that a rate counts."""
    rows = question.fetch(question.compiled.sql)
    calendar = question.snapshot.calendar
    shown = decode_listing(drill.listing, calendar, rows)
    columns = columns_of(drill.listing)
    if drill.cell.counted is not None:
        columns += (Column("counted", "Counted", "boolean", None, "boolean"),)
        shown = tuple((*s, r[-1] is True) for s, r in zip(shown, rows, strict=True))
    count = len(rows)
    if question.cap is not None and count >= question.cap and question.compiled.count_sql:
        count = int(question.fetch(question.compiled.count_sql)[0][0])
    identity = {
        "definition": dict(drill.listing.definition),
        "cell": dict(raw),
        "entity": drill.listing.entity,
    }
    meta = ReportMeta(
        row_count=len(rows),
        total_row_count=count,
        ms=(time.perf_counter() - started) * 1_000,
        truncated=count > len(rows),
        snapshot=question.snapshot.info,
        scope=question.scope,
        definition_digest=digest_of(identity),
    )
    words = in_words_of_cell(drill.measure.label, [str(v) for v in raw.get("row") or ()])
    return Result(columns, shown, None, meta, identity, words)


def in_words_of_cell(label: str, groups: list[str]) -> tuple[str, ...]:
    """Describe the rows in words."""
    of = f" of {', '.join(groups)}" if groups else ""
    return (f"The rows behind {label}{of}.",)
