"""Pages in Chromium on a warm server: first paint, and from a changed question to the new chart."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from playwright.sync_api import Page

from benchmarks.asking import snapshot_of
from benchmarks.report import Line
from benchmarks.sql import _token
from benchmarks.world import World
from reports import api
from tests.support.browser import a_browser, at_browser
from tests.support.server import serving

PAGES: Final = (
    "/", "/reports", "/reports/new", "/dashboards", "/dashboards/platform", "/schedules",
    "/schedules/new", "/alerts", "/exports", "/data", "/sql", "/people", "/school",
    "/school/calendar", "/school/audit", "/docs",
)  # fmt: skip
_LOADS: Final = 5
_PAINT_SECONDS: Final = 0.2
_CHART_SECONDS: Final = 0.3
_QUESTION: Final = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": ["enrollments.count"],
}
_PAINTED: Final = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
_CHANGED: Final = """
(name) => new Promise((resolve) => {
  const chart = document.getElementById("chart");
  const button = [...document.querySelectorAll("#catalog button")].find(
    (one) => one.textContent.trim().slice(1).startsWith(name)); // after the sign of its kind
  const started = performance.now();
  chart.once("plotly_afterplot", () => resolve((performance.now() - started) / 1000));
  button.click();
})
"""
_NAMES: Final = ("Learners", "Completion rate", "Withdrawal rate", "Pass rate")


def measure(world: World) -> Iterator[Line]:
    snapshot_of(world)
    api.close()
    settings = {"SNAPSHOT_URL": (world.folder / "snapshots").as_uri(), "RATE_LIMIT": "0"}
    with (
        serving(world.database, world.folder, settings) as port,
        a_browser() as browser,
        at_browser(browser, f"http://127.0.0.1:{port}", _token()) as opened,
    ):
        yield _painted(opened.page)
        yield from _changed(opened.page)


def _painted(page: Page) -> Line:
    """The time to first contentful paint of all pages, the third quartile of their loads."""
    times = []
    for path in PAGES:
        for number in range(_LOADS + 1):
            page.goto(path, wait_until="load")
            painted = page.wait_for_function(_PAINTED).json_value()
            if number:  # the first one warms up
                times.append(float(painted) / 1000)
    third = statistics.quantiles(times, n=4)[2]
    return Line("first contentful paint of a page, p75", third, _PAINT_SECONDS, 1)


def _changed(page: Page) -> Iterator[Line]:
    """From a click on a number to the chart of the new question, which nobody asked before."""
    page.goto(f"/reports/new?q={quote(json.dumps(_QUESTION))}")
    page.locator("#chart .main-svg").first.wait_for()
    page.wait_for_timeout(1_000)
    times = [float(page.evaluate(_CHANGED, name)) for name in (*_NAMES, *_NAMES, *_NAMES)]
    yield Line("a chip changed to its chart, median", statistics.median(times), _CHART_SECONDS, 1)
    slowest = statistics.quantiles(times, n=20)[18]
    yield Line("a chip changed to its chart, p95", slowest, _CHART_SECONDS, 5 / 3)
