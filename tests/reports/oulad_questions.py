"""Questions to OULAD with answers calculated by polars, straight from the Parquet files.

The same list is asked of a snapshot made by the tests, and of one made by the pipelines,
over HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.reports.oulad_data import Oulad, Question
from tests.reports.oulad_learning import LEARNING
from tests.reports.oulad_use import USE

QUESTIONS: tuple[Question, ...] = (*LEARNING, *USE)

Answer = tuple[str, dict[str, Any], list[str], list[tuple[Any, ...]]]
"""Name, definition, the keys of the columns, and the rows in :func:`comparable` form."""


def comparable(rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Rows in a form that is the same from polars, from a result and from JSON, sorted.

    Numbers are compared to nine significant digits, dates as ISO text.
    """
    return sorted((tuple(_plain(v) for v in row) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        return float(f"{value:.9g}")
    return tuple(value) if isinstance(value, list | tuple) else value


def answers(oulad_dir: Path | str) -> list[Answer]:
    """Every question with its columns and rows, from the files in ``oulad_dir``."""
    data = Oulad(Path(oulad_dir))
    return [
        (q.name, q.definition, columns_of(q.definition), comparable(q.answer(data).rows()))
        for q in QUESTIONS
    ]


def columns_of(definition: dict[str, Any]) -> list[str]:
    """The keys of a definition's columns, in order."""
    if definition["mode"] == "rows":
        return list(definition["columns"])
    keys = [definition["time"]["field"]] if definition["mode"] == "temporal" else []
    keys += [d if isinstance(d, str) else d["field"] for d in definition.get("dimensions", [])]
    return keys + [m if isinstance(m, str) else m["key"] for m in definition.get("measures", [])]
