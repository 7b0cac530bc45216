"""The rows behind a number, with the sum that proves it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboards.formats import Formatter, Number, number_of, plain
from dashboards.shape import Shape
from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.presenting.looks import locale
from optilearn.analytics.presenting.results import in_readers_language, result_of_answer
from optilearn.analytics.presenting.tables import Table, table_of
from optilearn.analytics.services import answer_question, drill_report
from optilearn.core.access.policies import ADMINS
from optilearn.core.access.principal import Principal
from reports.contracts import Cell, Column, Result, wire_value

_PEOPLE: Final = frozenset({"students", "staff"})
"""The entities of the catalog whose rows are people."""
COUNTED: Final = "counted"
"""The column that marks the rows that a rate counts."""


@dataclass(frozen=True)
class Behind:
    """The rows behind a number. ``proof`` says how they make it, in words."""

    table: Table
    rows: int
    truncated: bool
    label: str
    value: str
    groups: tuple[tuple[str, str], ...]
    proof: str


def rows_behind(
    *, principal: Principal, definition: Mapping[str, Any], cell: Mapping[str, Any]
) -> Behind:
    """List the rows behind a cell of a report.

    Raises ``AppError`` as ``analytics.services.drill_report`` does.
    """
    drilled = drill_report(principal=principal, definition=definition, cell=cell)
    answer = answer_question(principal=principal, definition=definition)
    whole = result_of_answer(principal, answer)
    fmt = Formatter(locale(), whole.meta.snapshot.time_zone)
    number = [column.key for column in whole.columns].index(cell["measure"])
    column, value = whole.columns[number], _value(whole, number, list(cell.get("row") or ()))
    return Behind(
        table=_linked(table_of(_named(drilled), fmt), drilled, principal),
        rows=drilled.meta.total_row_count,
        truncated=drilled.meta.truncated,
        label=fmt.label(column),
        value=fmt.cell(value, column),
        groups=_groups(whole, fmt, list(cell.get("row") or ())),
        proof=_proof(drilled, fmt, column, value),
    )


def _named(drilled: Result) -> Result:
    """The rows with headings in the reader's language."""
    listing = {**drilled.definition, "measures": (), "mode": "rows", "sort": ()}
    found = in_readers_language(replace(drilled, definition=listing), current_catalog())
    counted = _("Counted")
    shown = (replace(c, label=counted) if c.key == COUNTED else c for c in found.columns)
    return replace(found, columns=tuple(shown))


def _linked(table: Table, drilled: Result, principal: Principal) -> Table:
    """The table with the people whom its cells name, for those who may open a person's page."""
    keys = [column.key for column in drilled.columns]
    if principal.role not in ADMINS:
        return table
    people = {keys.index(name): keys.index(key) for name, key in _people(keys)}
    if not people:
        return table
    rows = []
    for row, values in zip(table.rows, drilled.rows, strict=False):
        cells = list(row.cells)
        for name, key in people.items():
            person = values[key]
            if isinstance(person, int) and values[name] is not None:
                cells[name] = replace(cells[name], person=person)
        rows.append(replace(row, cells=tuple(cells)))
    return replace(table, rows=tuple(rows))


def _people(keys: list[str]) -> Iterator[tuple[str, str]]:
    """The columns that name a person, each with the column of the person's id."""
    own = {key for key in keys if "." not in key and key != COUNTED}
    catalog = current_catalog()
    entity = next((e for e in catalog.entities if own <= e.fields_by_name.keys()), None)
    if entity is None:  # of an older catalog
        return
    if entity.key in _PEOPLE and {"name", "id"} <= set(keys):
        yield "name", "id"
    for relation in entity.relations:
        found = (f.name for f in entity.fields if relation.columns == (f.column,))
        key, name = next(found, ""), f"{relation.name}.name"
        if relation.to in _PEOPLE and {key, name} <= set(keys):
            yield name, key


def _value(whole: Result, number: int, groups: list[Any]) -> Cell:
    """The number in the report: of a row, or of the total that keeps fewer groups."""
    for row in whole.rows:
        if [wire_value(v) for v in row[: len(groups)]] == groups and len(groups) >= _axes(whole):
            return row[number]
    for total in whole.totals or ():
        if (
            total.level == len(groups)
            and [wire_value(v) for v in total.row[: total.level]] == groups
        ):
            return total.row[number]
    return None


def _axes(whole: Result) -> int:
    definition = whole.definition
    return len(definition.get("dimensions") or ()) + bool(definition.get("time"))


def _groups(whole: Result, fmt: Formatter, groups: list[Any]) -> tuple[tuple[str, str], ...]:
    shape = Shape.of(whole)
    for row in whole.rows:
        if [wire_value(v) for v in row[: len(groups)]] == groups:
            return tuple(
                (whole.columns[g].label, fmt.group(row[g], whole.columns[g], shape.kind(g)))
                for g in range(len(groups))
            )
    return ()


def _proof(drilled: Result, fmt: Formatter, column: Column, value: Cell) -> str:
    rows = drilled.meta.total_row_count
    if drilled.meta.truncated:
        return _("The first %(listed)s of %(rows)s rows are listed.") % {
            "listed": plain(drilled.meta.row_count),
            "rows": plain(rows),
        }
    keys = [c.key for c in drilled.columns]
    if COUNTED in keys:
        counted = sum(bool(row[keys.index(COUNTED)]) for row in drilled.rows)
        words = {"counted": plain(counted), "rows": plain(rows), "value": fmt.cell(value, column)}
        return _("%(counted)s of %(rows)s rows are counted: %(value)s.") % words
    wanted = number_of(value)
    for text, found in _candidates(drilled, fmt):
        if wanted is not None and math.isclose(float(found), float(wanted), rel_tol=1e-9):
            words = {"text": text, "value": fmt.cell(value, column)}
            return _("%(text)s = %(value)s.") % words
    return _("%(rows)s rows.") % {"rows": plain(rows)}


def _candidates(drilled: Result, fmt: Formatter) -> Iterator[tuple[str, Number | Decimal]]:
    """Ways in which the rows may make the number, in words, each with what it comes to."""
    count = len(drilled.rows)
    yield _("%(rows)s rows") % {"rows": plain(count)}, count
    for number, column in enumerate(drilled.columns):
        values = [row[number] for row in drilled.rows if row[number] is not None]
        names = {"name": fmt.label(column), "count": plain(len(values))}
        numbers = [v for v in values if not isinstance(v, bool) and number_of(v) is not None]
        if numbers and len(numbers) == len(values) and column.type != "boolean":
            exact = [v if isinstance(v, int | Decimal) else Decimal(repr(v)) for v in numbers]
            total = sum(exact, Decimal(0))
            yield _("Sum of %(name)s over %(count)s rows") % names, total
            yield _("Average of %(name)s over %(count)s rows") % names, total / len(exact)
            yield _("Least %(name)s of %(count)s rows") % names, min(exact)
            yield _("Greatest %(name)s of %(count)s rows") % names, max(exact)
            yield _("Median of %(name)s over %(count)s rows") % names, _median(exact)
        yield _("%(count)s rows have a value in %(name)s") % names, len(values)
        yield _("Different values of %(name)s") % names, len(set(map(str, values)))


def _median(values: list[Any]) -> Decimal:
    ordered = sorted(Decimal(v) for v in values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
