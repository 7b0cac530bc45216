"""Shared filters: where they reach, and where they say that they don't."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards.messages import Text
from dashboards.presets import DASHBOARDS, Filtered, Tile, available, with_filters
from reports import api
from reports.api import ReportRequest
from reports.contracts import SnapshotRef
from tests.dashboards.conftest import EVERYTHING

CHOICES: dict[str, Any] = {
    "term": ["2013J", "2014B"],
    "category": "GGG",
    "class": "9A",
    "dateRange": {"op": "between", "value": ["2013-10-01", "2014-03-01"]},
}


def tile(dashboard: str, key: str) -> Tile:
    return next(t for t in DASHBOARDS[dashboard].tiles if t.key == key)


def filtered(dashboard: str, key: str, **choices: Any) -> Filtered:
    made: dict[Any, Any] = choices
    return with_filters(tile(dashboard, key), made, api.product_catalog())


def test_a_filter_takes_the_path_that_the_entity_has() -> None:
    of_enrollments = filtered("platform", "byStatus", term="2013J", category="AAA")
    assert of_enrollments.definition["filters"] == [
        {"field": "course.termCode", "op": "eq", "value": "2013J"},
        {"field": "course.category", "op": "eq", "value": "AAA"},
    ]
    of_courses = filtered("platform", "courses", term=["2013J", "2014B"])
    assert of_courses.definition["filters"] == [
        {"field": "termCode", "op": "in", "value": ["2013J", "2014B"]}
    ]


def test_students_are_asked_by_one_enrollment_that_meets_all_choices() -> None:
    found = filtered("platform", "students", term="2013J", category="AAA")
    assert found.applied == ("term", "category")
    assert found.definition["filters"] == [
        {
            "metric": "enrollments.count",
            "filters": [
                {"field": "course.termCode", "op": "eq", "value": "2013J"},
                {"field": "course.category", "op": "eq", "value": "AAA"},
            ],
            "op": "gt",
            "value": 0,
        }
    ]


def test_what_does_not_reach_is_told() -> None:
    found = filtered("platform", "courses", **{"class": "9A", "category": "GGG"})
    assert found.applied == ("category",)
    [skipped] = found.skipped
    assert skipped.key == "class"
    assert skipped.reason("en") == "The filter Class doesn't apply to Courses."
    assert skipped.reason("hi") == "Courses: कक्षा का फ़िल्टर लागू नहीं।"


def test_a_range_of_dates_restricts_the_main_date_and_brings_the_comparison() -> None:
    last = {"op": "inLast", "value": {"n": 28, "unit": "day"}}
    found = filtered("platform", "activeLearners", dateRange=last)
    assert found.definition["filters"] == [{"field": "occurredOn", **last}]
    assert found.definition["compare"] == {"to": "previousPeriod"}
    assert filtered("students", "withdrawals", dateRange=last).definition["filters"][-1] == {
        "field": "withdrawnOn",
        **last,
    }
    assert filtered("platform", "students", dateRange=last).skipped[0].key == "dateRange"


def test_the_logic_of_a_tile_is_kept() -> None:
    either = {
        "version": 1,
        "entity": "enrollments",
        "mode": "categorical",
        "measures": ["enrollments.count"],
        "filters": [
            {"field": "status", "op": "eq", "value": "ENDED"},
            {"field": "status", "op": "eq", "value": "ACTIVE"},
        ],
        "filterLogic": "1 OR 2",
        "chart": {"type": "kpi"},
    }
    one = Tile("either", Text("a", "b"), Text("a", "b"), either)
    found = with_filters(one, {"term": "2013J", "category": "AAA"}, api.product_catalog())
    assert found.definition["filterLogic"] == "((1 OR 2) AND 3) AND 4"
    assert api.validate(found.definition, api.product_catalog())
    assert either["filterLogic"] == "1 OR 2", "the tile itself is left as it was"


@pytest.mark.parametrize("key", DASHBOARDS)
def test_every_tile_runs_with_every_choice(key: str, oulad: SnapshotRef) -> None:
    dashboard = DASHBOARDS[key]
    catalog = api.catalog_of(oulad)
    choices = {f.key: CHOICES.get(f.key, 3) for f in dashboard.filters}
    for one in available(dashboard, catalog):
        found = with_filters(one, choices, catalog)
        assert set(found.applied) | {s.key for s in found.skipped} == set(choices)
        assert api.run(ReportRequest(found.definition, EVERYTHING, oulad))


def test_filtered_numbers_are_those_of_the_filtered_rows(oulad: SnapshotRef) -> None:
    catalog = api.catalog_of(oulad)
    found = with_filters(tile("platform", "byCategory"), {"category": "GGG"}, catalog)
    result = api.run(ReportRequest(found.definition, EVERYTHING, oulad))
    assert result.rows == (("GGG", 2534),)
