"""The values of a field that there are, with their counts: what a filter's type-ahead shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from dashboards.formats import Formatter, plain
from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.presenting.looks import locale
from optilearn.analytics.presenting.results import result_of_answer
from optilearn.analytics.saved.labels import Labels
from optilearn.analytics.services import answer_question
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from reports.contracts import wire_value

MAX_VALUES: Final = 50


def values_of(*, principal: Principal, entity: str, path: str, text: str) -> dict[str, Any]:
    """The commonest values that hold ``text``, as ``{value, label, count}``; codes by their labels.

    ``more`` is the number of those that aren't among them.

    They are counted in the principal's own scope. Raises ``AppError``: NOT_FOUND for an entity
    that isn't there, REPORT_INVALID for a path.
    """
    catalog = current_catalog()
    root = catalog.roots.get(entity)
    if root is None:
        raise not_found()
    measures = [f"{entity}.{metric.name}" for metric in root.metrics[:1]]
    definition: dict[str, Any] = {
        "version": 1,
        "entity": entity,
        "mode": "categorical",
        "dimensions": [path],
        "measures": measures,
        "limit": MAX_VALUES,
        "sort": [{"by": name, "dir": "desc"} for name in measures],
    }
    if text:
        codes = _codes(Labels(catalog, entity).choices(path), text)
        named = [{"field": path, "op": "in", "value": codes}] if codes else []
        definition["filters"] = named or [{"field": path, "op": "contains", "value": text}]
    result = result_of_answer(
        principal, answer_question(principal=principal, definition=definition)
    )
    fmt = Formatter(locale(), result.meta.snapshot.time_zone)
    hidden = {row for row, _column in result.suppressed}
    found = []
    for number, (value, *counts) in enumerate(result.rows):
        if value is None:
            continue
        count = counts[0] if counts and number not in hidden else None
        shown = plain(count) if isinstance(count, int | float) else ""
        found.append(
            {
                "value": wire_value(value),
                "label": fmt.cell(value, result.columns[0]),
                "count": shown,
            }
        )
    return {"values": found, "more": max(0, result.meta.total_row_count - len(result.rows))}


def _codes(choices: Iterable[tuple[str, str]], text: str) -> list[str]:
    """The codes whose label, or which themselves, hold the text in any case."""
    wanted = text.casefold()
    return [code for code, label in choices if wanted in f"{label}\n{code}".casefold()]
