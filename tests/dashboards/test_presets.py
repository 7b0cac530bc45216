"""Every tile of every dashboard against SQL written by hand, cell by cell."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboards.figures import figure
from dashboards.layout import COLUMNS, flowed, narrowed
from dashboards.presets import (
    COURSE,
    DASHBOARDS,
    PLATFORM,
    Dashboard,
    Tile,
    available,
    labeled,
    with_filters,
)
from reports import api
from reports.api import ReportRequest
from reports.contracts import SnapshotRef
from tests.dashboards.conftest import EVERYTHING
from tests.reports.snapshot_files import TAKEN_AT

CHECKS = Path(__file__).parent / "checks"
COURSE_ID = 3
TILES = [(d, t) for d in DASHBOARDS.values() for t in available(d, api.product_catalog())]


def checks_of(dashboard: str) -> dict[tuple[str, str], str]:
    """The queries of a file by ("tile" or "compare", key)."""
    text = (CHECKS / f"{dashboard}.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- (tile|compare): (\w+)$", text, flags=re.MULTILINE)
    found = list(zip(parts[1::3], parts[2::3], parts[3::3], strict=True))
    assert len({(kind, key) for kind, key, _ in found}) == len(found), "a query is there twice"
    return {(kind, key): sql for kind, key, sql in found}


@pytest.fixture(scope="module")
def by_hand(
    oulad: SnapshotRef, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    copy = tmp_path_factory.mktemp("by_hand") / "copy.duckdb"
    shutil.copyfile(oulad.path, copy)
    with duckdb.connect(str(copy), read_only=True) as connection:
        yield connection


def answer(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    known = {"today": TAKEN_AT.date(), "course": COURSE_ID}
    used = {name: value for name, value in known.items() if f"${name}" in sql}
    return connection.execute(sql, used).fetchall() if used else connection.execute(sql).fetchall()


def comparable(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    return sorted((tuple(plain(v) for v in row) for row in rows), key=repr)


def plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return float(f"{value:.10g}")
    return value.isoformat()[:10] if isinstance(value, date | datetime) else value


def definition_of(dashboard: Dashboard, tile: Tile, snapshot: SnapshotRef) -> dict[str, Any]:
    if dashboard.key != "course":
        return tile.definition
    filtered = with_filters(tile, {"course": COURSE_ID}, api.catalog_of(snapshot))
    assert filtered.applied == ("course",)
    return filtered.definition


def test_the_six_dashboards_are_there() -> None:
    assert list(DASHBOARDS) == [
        "platform",
        "students",
        "engagement",
        "compliance",
        "revenue",
        "course",
    ]


def test_platform_is_a_row_of_figures_four_trends_and_two_pies() -> None:
    kinds = Counter(tile.chart["type"] for tile in PLATFORM.tiles)
    assert {t.place.row for t in PLATFORM.tiles if t.chart["type"] == "kpi"} == {0}
    assert sum(t.definition["mode"] == "temporal" for t in PLATFORM.tiles) == 4
    assert kinds["pie"] + kinds["donut"] == 2


@pytest.mark.parametrize(("dashboard", "tile"), TILES, ids=[f"{d.key}-{t.key}" for d, t in TILES])
def test_a_tile_shows_what_sql_by_hand_finds(
    dashboard: Dashboard, tile: Tile, oulad: SnapshotRef, by_hand: duckdb.DuckDBPyConnection
) -> None:
    checks = checks_of(dashboard.key)
    result = api.run(ReportRequest(definition_of(dashboard, tile, oulad), EVERYTHING, oulad))
    assert comparable(result.rows) == comparable(answer(by_hand, checks["tile", tile.key]))
    assert (result.compare is not None) == (("compare", tile.key) in checks)
    if result.compare is not None:
        expected = answer(by_hand, checks["compare", tile.key])
        assert comparable(result.compare.rows) == comparable(expected)


@pytest.mark.parametrize(("dashboard", "tile"), TILES, ids=[f"{d.key}-{t.key}" for d, t in TILES])
def test_a_tile_can_be_drawn_in_both_languages(
    dashboard: Dashboard, tile: Tile, oulad: SnapshotRef
) -> None:
    result = api.run(ReportRequest(definition_of(dashboard, tile, oulad), EVERYTHING, oulad))
    for locale in ("en", "hi"):
        named = labeled(result, tile, locale)
        drawn = figure(named, locale=locale, theme="dark" if locale == "hi" else "light")
        assert drawn.layout.meta["chart"] == tile.chart["type"]
        assert drawn.layout.meta["summary"]


def test_every_check_belongs_to_a_tile() -> None:
    for key, dashboard in DASHBOARDS.items():
        keys = {tile.key for tile in available(dashboard, api.product_catalog())}
        assert {name for kind, name in checks_of(key) if kind == "tile"} == keys


def test_no_tile_waits_for_an_entity() -> None:
    catalog = api.product_catalog()
    for dashboard in DASHBOARDS.values():
        assert available(dashboard, catalog) == dashboard.tiles


@pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=lambda d: d.key)
def test_tiles_stand_on_the_grid_without_overlap(dashboard: Dashboard) -> None:
    places = [tile.place for tile in dashboard.tiles]
    assert all(place.fits for place in places)
    assert not any(a.overlaps(b) for a, b in combinations(places, 2))


@pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=lambda d: d.key)
def test_on_a_narrow_screen_tiles_keep_their_order(dashboard: Dashboard) -> None:
    places = [tile.place for tile in dashboard.tiles]
    order = narrowed(places)
    assert [i for i, _ in order] == list(range(len(places)))
    assert {place.width for _, place in order} <= {COLUMNS, COLUMNS // 2}
    assert not any(a.overlaps(b) for (_, a), (_, b) in combinations(order, 2))


def test_a_tile_wider_than_the_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="13 by 2"):
        flowed([(13, 2)])


def test_keys_and_texts_are_complete() -> None:
    for dashboard in DASHBOARDS.values():
        assert len({t.key for t in dashboard.tiles}) == len(dashboard.tiles)
        messages = list(dashboard.messages())
        assert len(dict(messages)) == len(messages)
        for key, text in messages:
            assert text.en, key
            assert re.search("[ऀ-ॿ]", text.hi), key


def test_measures_with_keys_of_their_own_have_names() -> None:
    for dashboard in DASHBOARDS.values():
        for tile in dashboard.tiles:
            own = {m["key"] for m in tile.definition.get("measures", ()) if isinstance(m, dict)}
            assert own == set(tile.labels), (dashboard.key, tile.key)


def test_the_course_dashboard_says_that_it_needs_a_course() -> None:
    assert [f.key for f in COURSE.filters if f.is_required] == ["course"]
