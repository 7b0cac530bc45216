"""Dashboards with shared filters, edited by mouse and keys; SQL within its bounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Open
    from tests.browser.saved_items import SavedItems

pytestmark = pytest.mark.slow


def loaded(page: Page) -> None:
    """Wait until no tile is waited for."""
    expect(page.locator("main section[aria-busy=true]")).to_have_count(0)


def number_of(page: Page, title: str) -> str:
    """What a key figure says."""
    return page.get_by_role("region", name=title, exact=True).locator("p a").first.inner_text()


def test_a_shared_filter_is_in_the_address_and_narrows_all_tiles(at: Open) -> None:
    page = at("asha").page
    page.goto("/dashboards/platform")
    loaded(page)
    key_figure = page.get_by_role("region", name="Enrollments", exact=True).locator("p a").first
    everything = key_figure.inner_text()
    page.locator("summary", has_text="Own dates").click()
    page.get_by_label("To", exact=True).fill("2001-12-31")
    page.keyboard.press("Tab")
    page.wait_for_url(re.compile("to=2001"))
    expect(key_figure).not_to_have_text(everything)
    narrowed = page.url
    page.go_back()
    expect(key_figure).to_have_text(everything)
    page.goto(narrowed)
    loaded(page)
    expect(key_figure).not_to_have_text(everything)


def test_a_chart_has_its_table(at: Open) -> None:
    page = at("asha").page
    page.goto("/dashboards/platform")
    loaded(page)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    button = page.get_by_role("button", name=re.compile("table", re.IGNORECASE)).first
    button.click()
    expect(page.locator("main section table").first).to_be_visible()


def test_a_copy_is_edited_by_keyboard_and_saved(at: Open) -> None:
    page = at("asha").page
    page.goto("/dashboards/engagement")
    page.get_by_role("button", name="Make a copy").click()
    page.wait_for_url(re.compile(r"/dashboards/\d+/edit"))
    tile = page.locator("[data-tile]").first
    before = tile.bounding_box()
    tile.focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#announcements")).not_to_be_empty()
    page.wait_for_timeout(200)
    after = tile.bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"]
    with page.expect_response(lambda found: found.request.method != "GET" and found.ok):
        page.get_by_role("button", name="Save draft").click()
    page.reload()
    page.wait_for_function(
        """(height) => {
          const box = document.querySelector("[data-tile]").getBoundingClientRect();
          return Math.abs(box.height - height) < 2;
        }""",
        arg=after["height"],
    )


def test_a_teacher_s_dashboard_has_own_numbers(at: Open, saved: SavedItems) -> None:
    admin = at("asha").page
    admin.goto("/dashboards/platform")
    loaded(admin)
    teacher = at("uma").page
    teacher.goto("/dashboards/platform")
    loaded(teacher)
    assert number_of(admin, "Enrollments") != number_of(teacher, "Enrollments")


def test_sql_answers_within_its_bounds(at: Open) -> None:
    page = at("anil").page
    page.goto("/sql")
    editor = page.get_by_label("SQL statement")
    editor.fill("SELECT code, title FROM courses ORDER BY code")
    editor.press("Control+Enter")
    expect(page.locator("#result table tbody tr").first).to_be_visible()
    for refused in (
        "SELECT * FROM read_csv('/etc/passwd')",
        "DROP TABLE courses",
        "SELECT 1; SELECT 2",
    ):
        editor.fill(refused)
        page.get_by_role("button", name="Run", exact=True).click()
        expect(
            page.locator("#result").get_by_role("alert").or_(page.locator("#result .notice"))
        ).to_be_visible()
        expect(page.locator("#result table")).to_have_count(0)


def test_sql_completes_names_by_keyboard(at: Open) -> None:
    page = at("anil").page
    page.goto("/sql")
    editor = page.get_by_label("SQL statement")
    editor.fill("")
    editor.press_sequentially("SELECT * FROM enrol")
    option = page.locator("[role=option]").first
    expect(option).to_contain_text("enrollments")
    editor.press("Enter")
    expect(editor).to_have_value("SELECT * FROM enrollments")
    editor.press("Control+Enter")
    expect(page.locator("#result table tbody tr").first).to_be_visible()


def test_a_query_is_kept_and_shown_as_a_tile(at: Open) -> None:
    page = at("asha").page
    page.goto("/sql")
    page.get_by_label("SQL statement").fill("SELECT code, count(*) AS n FROM courses GROUP BY ALL")
    page.locator("summary", has_text="Save").click()
    page.get_by_label("Name", exact=True).fill("Courses counted")
    page.get_by_role("button", name="Save as a query").click()
    page.wait_for_url(re.compile(r"/sql\?query=\d+"))
    page.get_by_role("link", name="Add as a tile").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
