"""Reports that are sent and numbers that are watched: from the form to the file, read back."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Open, School
    from tests.browser.saved_items import SavedItems

pytestmark = pytest.mark.slow


def schedule_for_teachers(page: Page, report: int) -> int:
    """Fill the form as a person does, and save; return the schedule's number."""
    page.goto(f"/schedules/new?report={report}")
    expect(page.locator("#preview")).to_contain_text("Every Monday at 08:00")
    page.get_by_label("me", exact=True).uncheck()
    page.get_by_text("Everybody with a role").click()
    page.locator(".pick-menu[open] input[value=TEACHER]").check()
    page.keyboard.press("Escape")
    preview = page.locator("#preview")
    expect(preview).to_contain_text(re.compile(r"2 recipients · 2 scopes · 2 queries"))
    page.get_by_role("button", name="Save schedule").click()
    page.wait_for_url(re.compile(r"/schedules/\d+$"))
    return int(page.url.rsplit("/", 1)[1])


def shown(page: Page) -> list[list[str]]:
    """The rows of a report on the screen, without its totals."""
    rows = page.locator("#result-body table tbody tr")
    expect(rows.first).to_be_visible()
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def in_workbook(path: Path) -> list[list[object]]:
    """The rows under the headings of the first sheet that are a course and numbers."""
    sheet = load_workbook(BytesIO(path.read_bytes())).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_each_teacher_gets_the_file_that_the_screen_shows(
    at: Open, schools: tuple[School, School], saved: SavedItems
) -> None:
    page = at("asha").page
    number = schedule_for_teachers(page, saved.report)
    page.locator("main summary").first.click()
    page.get_by_role("button", name="Send to everybody now").click()
    page.get_by_role("dialog").locator("button:not([data-closes])").last.click()
    page.wait_for_load_state("networkidle")
    schools[0].work()
    page.goto(f"/schedules/{number}")
    expect(page.locator(".timeline")).to_contain_text("2")

    teacher = at("tom").page
    teacher.goto(f"/reports/{saved.report}")
    screen = shown(teacher)
    teacher.goto("/schedules/received")
    with teacher.expect_download() as download:
        teacher.get_by_role("link", name=re.compile("Open .* as Excel")).first.click()
    cells = in_workbook(download.value.path())
    for course, count, *_rest in screen:
        found = [row for row in cells if row and row[0] == course]
        assert found, (course, cells)
        assert str(found[0][1]) == count
    other = at("uma").page
    other.goto(f"/reports/{saved.report}")
    expect(other.locator("#result-body")).to_contain_text("No rows")
    other.goto("/schedules/received")
    assert other.get_by_role("link", name=re.compile("as Excel")).count() <= 1


def test_an_alert_is_tried_on_the_past_and_fires(
    at: Open, schools: tuple[School, School], saved: SavedItems
) -> None:
    page = at("asha").page
    page.goto(f"/alerts/new?report={saved.report}")
    page.get_by_label("tell me when").select_option("enrollments.count")
    page.get_by_label("Compared how").select_option(index=0)
    page.get_by_label("Limit", exact=True).fill("1000000")
    page.get_by_role("button", name="Try it on the past").click()
    expect(page.locator("#backtest")).to_contain_text("It would not have fired in 1 days.")
    page.get_by_label("Limit", exact=True).fill("0")
    page.get_by_role("button", name="Try it on the past").click()
    expect(page.locator("#backtest")).to_contain_text("It would have fired on 1 of 1 days.")
    expect(page.locator("#backtest .js-plotly-plot")).to_be_visible()
    page.get_by_role("button", name="Save alert").click()
    page.wait_for_url(re.compile(r"/alerts/\d+"))
    schools[0].work()
    page.reload()
    expect(page.locator("#history")).to_contain_text("Math for all")
    page.goto("/notifications")
    expect(page.get_by_role("main")).to_contain_text("Alert")


def test_an_export_is_made_and_its_file_read(at: Open, saved: SavedItems) -> None:
    page = at("asha").page
    page.goto(f"/exports/new?report={saved.report}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_schedule_is_refused_with_reasons_and_nothing_is_lost(
    at: Open, saved: SavedItems
) -> None:
    page = at("asha").page
    page.goto(f"/schedules/new?report={saved.report}")
    page.get_by_label("me", exact=True).uncheck()
    page.get_by_label("at", exact=True).fill("07:15")
    page.get_by_role("button", name="Save schedule").click()
    expect(page.locator("#problems")).to_be_visible()
    expect(page.get_by_label("at", exact=True)).to_have_value("07:15")
    expect(page.get_by_label("me", exact=True)).not_to_be_checked()
