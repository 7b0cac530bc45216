"""Tiles as tall as their charts, words that aren't cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.saved_items import Api

if TYPE_CHECKING:
    from tests.browser.conftest import Open, School

pytestmark = pytest.mark.slow

ENROLLMENTS: dict[str, Any] = {
    "version": 1, "entity": "enrollments", "mode": "categorical",
    "measures": ["enrollments.count"],
}  # fmt: skip
BARS = ENROLLMENTS | {"dimensions": ["student.code"], "chart": {"type": "bar"}}
CUT = """(query) => [...document.querySelectorAll(query)]
  .filter((one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.textContent.trim().slice(0, 60))"""


def tile(key: str, definition: dict[str, Any], place: tuple[int, int, int, int]) -> dict[str, Any]:
    """A tile with a question of its own at (column, row, width, height)."""
    names = ("column", "row", "width", "height")
    title = key.title()
    where = dict(zip(names, place, strict=True))
    return {"key": key, "title": title, "definition": definition, "place": where}


@pytest.fixture(scope="module")
def asha(schools: tuple[School, School]) -> Iterator[Api]:
    with Api(schools[0].url, schools[0].tokens["asha"]) as api:
        yield api


def saved_board(api: Api, *tiles: dict[str, Any], filters: tuple[str, ...] = ()) -> str:
    """The address of a dashboard."""
    shared = [{"key": key} for key in filters]
    body = {"name": "Small", "tiles": list(tiles), "filters": shared, "publish": True}
    return f"/dashboards/{api('POST', '/analytics/dashboards', body)['id']}"


def loaded(page: Page) -> None:
    """Wait until no tile is waited for."""
    expect(page.locator("main section[aria-busy=true]")).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_tile_is_as_tall_as_its_chart_needs(at: Open, asha: Api, width: int) -> None:
    kpi = ENROLLMENTS | {"chart": {"type": "kpi"}}
    tiles = tile("bars", BARS, (0, 0, 6, 2)), tile("beside", kpi, (6, 0, 6, 2))
    page = at("asha", width=width).page
    page.goto(saved_board(asha, *tiles, tile("under", kpi, (0, 2, 6, 2))))
    loaded(page)
    chart = page.locator("#tile-bars .js-plotly-plot")
    least = chart.evaluate("(one) => one.layout.meta.height")
    assert chart.evaluate("(one) => one.clientHeight") >= least > 176
    assert page.evaluate(CUT, "[data-body]") == []
    bars, beside, under = (
        page.locator(f"#tile-{key}").bounding_box() or {} for key in ("bars", "beside", "under")
    )
    assert under["y"] >= bars["y"] + bars["height"]
    assert width < 768 or beside["height"] == bars["height"]


def test_a_chart_fills_a_tile_that_grew_with_its_neighbor(at: Open, asha: Api) -> None:
    page = at("asha").page
    beside = tile("beside", ENROLLMENTS | {"chart": {"type": "kpi"}}, (6, 0, 6, 4))
    page.goto(saved_board(asha, tile("bars", BARS, (0, 0, 6, 4)), beside))
    loaded(page)
    page.locator("#tile-bars .main-svg").first.wait_for()
    page.locator("#tile-beside [data-body]").evaluate("(one) => { one.style.minHeight = '900px'; }")
    page.wait_for_function(
        """() => {
          const chart = document.querySelector("#tile-bars [data-chart]");
          const {height} = chart.querySelector(".main-svg")?.getBoundingClientRect() ?? {height: 0};
          return height > 700 && Math.abs(height - chart.clientHeight) < 2;
        }"""
    )


def test_what_a_chart_leaves_out_stands_under_it_in_lines_that_fit(at: Open, asha: Api) -> None:
    many = BARS | {"dimensions": ["student.code", "course.code"], "limit": 1}
    page = at("asha", width=1024, language="hi").page
    page.goto(saved_board(asha, tile("bars", many, (0, 0, 4, 5))))
    loaded(page)
    chart = page.locator("#tile-bars .js-plotly-plot")
    assert chart.evaluate("(one) => one.layout.meta.notes.length") > 0
    assert chart.locator(".gtitle").count() == 0
    assert page.locator("#tile-bars .tile-note").count() > 0
    assert page.evaluate(CUT, ".tile-note") == []


def test_titles_of_key_figures_arent_cut(at: Open) -> None:
    page = at("asha", width=1024, language="hi").page
    page.goto("/dashboards/platform")
    loaded(page)
    assert page.evaluate(CUT, ".tile-head h2") == []


def asked_of(page: Page) -> list[str]:
    """The outcomes of the requests for numbers, as they come."""
    found: list[str] = []
    is_run = re.compile(r"/run/board/(?!options)").search
    page.on("requestfinished", lambda one: found.append("answered") if is_run(one.url) else None)
    page.on("requestfailed", lambda one: found.append("aborted") if is_run(one.url) else None)
    return found


def test_numbers_are_asked_once_and_the_answer_is_read_to_its_end(at: Open) -> None:
    watched = at("asha")
    asked = asked_of(watched.page)
    for count in range(1, 7):
        watched.page.goto("/dashboards/platform")
        watched.settle()
        assert asked == ["answered"] * count


def test_a_filter_takes_several_values_by_keyboard_and_mouse(at: Open, asha: Api) -> None:
    kpi = ENROLLMENTS | {"chart": {"type": "kpi"}}
    watched = at("asha")
    page = watched.page
    address = saved_board(asha, tile("count", kpi, (0, 0, 4, 2)), filters=("course", "category"))
    page.goto(address)
    watched.settle()  # a request ends after its last tile is drawn
    asked = asked_of(page)
    course = page.get_by_role("combobox", name="Course")
    course.focus()
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"\?course=\d+$"))
    watched.settle()
    expect(course).to_be_focused()
    course.click()
    page.get_by_role("option").first.click()
    page.wait_for_url(re.compile(r"\?course=(\d+)&course=(?!\1$)\d+$"))
    watched.settle()
    removing = page.get_by_role("link", name=re.compile("^Remove Course: "))
    expect(removing).to_have_count(2)
    assert asked == ["answered"] * 2
    both = page.url
    removing.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"\?course=\d+$"))
    watched.settle()
    page.go_back()
    page.wait_for_url(both)
    watched.settle()
    expect(removing).to_have_count(2)
