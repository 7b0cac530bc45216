"""Short ways to write the definitions of tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboards.messages import Text
from dashboards.presets.model import Definition, SharedFilter
from reports.api import ChartType

Measure = str | Mapping[str, Any]
BY_TERM: Final = SharedFilter("term", Text("Term", "सत्र"))
BY_CATEGORY: Final = SharedFilter("category", Text("Category", "श्रेणी"))
BY_CLASS: Final = SharedFilter("class", Text("Class", "कक्षा"))
BY_DATE: Final = SharedFilter("dateRange", Text("Dates", "तारीख़ें"))
BY_COURSE: Final = SharedFilter("course", Text("Course", "पाठ्यक्रम"), is_required=True)

FILTERS: Final[Mapping[str, Text]] = {
    f.key: f.title for f in (BY_TERM, BY_CATEGORY, BY_CLASS, BY_DATE, BY_COURSE)
}

KPI: Final = (3, 2)
"""The size of a key figure."""


def grouped(
    chart: ChartType,
    entity: str,
    measures: Sequence[Measure],
    by: Sequence[str | Mapping[str, Any]] = (),
    /,
    **rest: Any,  # noqa: ANN401 - the other keys of the language, as they are
) -> Definition:
    """A categorical definition and its chart."""
    return {
        "version": 1,
        "entity": entity,
        "mode": "categorical",
        "dimensions": list(by),
        "measures": list(measures),
        "chart": {"type": chart},
    } | rest


def over_time(
    chart: ChartType,
    entity: str,
    time: tuple[str, str],
    measures: Sequence[Measure],
    /,
    **rest: Any,  # noqa: ANN401 - the other keys of the language, as they are
) -> Definition:
    """A temporal definition and its chart; ``time`` is a field and a bucket."""
    field, bucket = time
    return {
        "version": 1,
        "entity": entity,
        "mode": "temporal",
        "time": {"field": field, "bucket": bucket},
        "measures": list(measures),
        "chart": {"type": chart},
    } | rest


def where(field: str, op: str, value: object = None) -> dict[str, Any]:
    """A condition on a field."""
    return {"field": field, "op": op} | ({} if value is None else {"value": value})


def only(key: str, metric: str, *conditions: Mapping[str, Any]) -> dict[str, Any]:
    """A metric of the rows that meet the conditions."""
    return {"key": key, "metric": metric, "filters": list(conditions)}


def largest(measure: str) -> list[dict[str, str]]:
    """The order from the largest value down."""
    return [{"by": measure, "dir": "desc"}]
