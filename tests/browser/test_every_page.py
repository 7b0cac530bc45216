"""Every page, looked at by machine: axe, the policy, layout shift, width, weight.

A page that isn't here fails the test of the routes; what axe finds is a failure, whatever its
level. Script errors and blocked styles fail each test by themselves (support.browser).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import brotli
import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.support.browser import Watched, at_browser
from tests.web.test_every_page import QUERIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.conftest import School
    from tests.browser.saved_items import SavedItems

pytestmark = pytest.mark.slow

PAGES = (
    "/", "/reports", "/reports/templates", "/reports/new", "/reports/new?entity=enrollments",
    "/reports/import", "/reports/{report}", "/reports/{report}/edit", "/reports/{report}/versions",
    "/reports/{report}/share", "/reports/{report}/uses", "/reports/{report}/owner",
    "/reports/{report}/delete", "/dashboards", "/dashboards/new", "/dashboards/platform",
    "/dashboards/{dashboard}", "/dashboards/{dashboard}/edit", "/dashboards/{dashboard}/versions",
    "/dashboards/{dashboard}/share", "/dashboards/{dashboard}/uses", "/schedules",
    "/schedules/new?report={report}", "/schedules/received", "/schedules/{schedule}",
    "/schedules/{schedule}/edit", "/alerts", "/alerts/new?report={report}", "/alerts/{alert}",
    "/alerts/{alert}/edit", "/exports", "/data", "/data/compare", "/sql", "/people", "/school",
    "/school/calendar", "/school/attributes", "/school/templates",
    "/school/templates/ENROLL_WELCOME/EMAIL/hi", "/school/deliveries", "/school/addresses",
    "/school/audit", "/school/tokens", "/school/privacy", "/school/health", "/docs",
    "/docs/schedules", "/notifications", "/settings/notifications", "/search?q=asha", "/sign-in",
    "/components", "/nowhere",
)  # fmt: skip
MAX_SHIFT = 0.02
MAX_KILOBYTES = {"/reports/new": 60, "/reports/{report}/edit": 60}
MAX_KILOBYTES_ELSEWHERE = 25
NO_PAGES = frozenset(
    {
        # parts, files and data that pages load
        "search.json", "favicon.ico", "^.*$", "reports/export", "exports/new", "data/now",
        "dashboards/<str:key>/grid.css", "people/<int:person_id>/export",
        # what an example above stands for
        "docs/<path:name>", "school/templates/<str:key>/<str:channel>/<str:locale>",
        # what depends on a choice made on its page
        "reports/<int:item_id>/versions/compare", "dashboards/<int:item_id>/versions/compare",
        "dashboards/<int:item_id>/owner", "dashboards/<int:item_id>/delete",
        "reports/choices/*", "data/<slug:snapshot_id>", "school/deliveries/<int:delivery_id>",
        "schedules/<int:schedule_id>/runs/<int:run_id>", "people/<int:person_id>",
    }
)  # fmt: skip


Looks = dict[str, Watched]


@pytest.fixture(scope="module")
def looks(browser: Browser, schools: tuple[School, School]) -> Iterator[Looks]:
    """Asha at a wide window, and on a phone in the dark in Hindi; each page is opened in turn."""
    url, token = schools[0].url, schools[0].tokens["asha"]
    with (
        at_browser(browser, url, token) as wide,
        at_browser(browser, url, token, width=390, dark=True, language="hi") as phone,
    ):
        yield {"wide": wide, "phone": phone}


def settled(look: Watched, path: str) -> Page:
    """Open a page and wait until it asks for nothing more. Its problems are its own."""
    look.problems.clear()
    look.pending.clear()
    look.page.goto(path, wait_until="load")
    look.settle()
    return look.page


def found_by_axe(page: Page) -> list[str]:
    """What axe-core finds, in one line for each rule, with the first element."""
    report: dict[str, Any] = Axe().run(page).response
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:160]}"
        for one in report["violations"]
    ]


def wider_than_the_window(page: Page) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth > innerWidth + 1"))


def script_kilobytes(page: Page) -> float:
    """Of the page's own scripts and htmx, compressed as they are served; without Plotly."""
    names: list[str] = page.evaluate(
        "() => performance.getEntriesByType('resource').map((one) => one.name)"
    )
    scripts = {name for name in names if name.endswith(".js") and "vendor/plotly" not in name}
    return sum(compressed_size(name) for name in scripts) / 1000


@cache
def compressed_size(url: str) -> int:
    return len(brotli.compress(httpx.get(url).content))


@pytest.mark.parametrize("path", PAGES)
def test_wide_and_light(looks: Looks, saved: SavedItems, path: str) -> None:
    look = looks["wide"]
    page = settled(look, path.format(**vars(saved)))
    assert found_by_axe(page) == []
    assert page.locator("h1").count() == 1
    assert look.shifted() <= MAX_SHIFT, look.shifts()
    assert not wider_than_the_window(page)
    assert script_kilobytes(page) <= MAX_KILOBYTES.get(
        path.partition("?")[0], MAX_KILOBYTES_ELSEWHERE
    )
    assert look.problems == []


@pytest.mark.parametrize("path", PAGES)
def test_on_a_phone_in_the_dark_in_hindi(looks: Looks, saved: SavedItems, path: str) -> None:
    look = looks["phone"]
    page = settled(look, path.format(**vars(saved)))
    assert found_by_axe(page) == []
    assert not wider_than_the_window(page)
    assert look.shifted() <= MAX_SHIFT, look.shifts()
    assert look.problems == []


def test_no_page_is_left_out() -> None:
    """Whatever answers a GET is looked at, or is named as no page."""
    shaped = {_shape(path.partition("?")[0].lstrip("/")) for path in (*PAGES, *NO_PAGES)}
    assert [route for route in QUERIES if _shape(route) not in shaped] == []


def _shape(path: str) -> str:
    return re.sub(r"<[^>]+>|\{[^}]+\}", "*", path)
