"""What the builder keeps, and what it takes away again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.saved_items import Api

if TYPE_CHECKING:
    from tests.browser.conftest import Open, School

pytestmark = pytest.mark.slow

DEFINITION: dict[str, Any] = {
    "version": 1, "entity": "enrollments", "mode": "categorical",
    "dimensions": ["course.title", "status"], "measures": ["enrollments.count"],
}  # fmt: skip


def saved_report(school: School, name: str) -> str:
    """The address of a report of Asha's."""
    body = {"name": name, "definition": DEFINITION, "publish": True}
    with Api(school.url, school.tokens["asha"]) as api:
        return f"/reports/{api('POST', '/analytics/saved-reports', body)['id']}"


def answered(page: Page) -> None:
    """Wait for the newest answer."""
    expect(page.locator("#result:not([aria-busy]) #result-body table")).to_be_visible()


def test_the_looks_of_a_table_are_saved_and_shown_to_readers(
    at: Open, schools: tuple[School, School]
) -> None:
    address = saved_report(schools[0], "Across")
    page = at("asha").page
    page.goto(f"{address}/edit")
    answered(page)
    for label in ("Bars in cells", "Last group across"):
        page.get_by_role("checkbox", name=label).check()
    expect(page.locator("#result-body thead")).to_contain_text("Active")
    expect(page.locator("#save-state")).to_have_text("Changes not saved")
    with page.expect_response(lambda found: found.request.method == "PUT" and found.ok):
        page.keyboard.press("Control+s")
    page.reload()
    answered(page)
    expect(page.get_by_role("checkbox", name="Last group across")).to_be_checked()
    expect(page.locator("#result")).to_have_class(re.compile("look-bars"))
    page.goto(address)
    answered(page)
    expect(page.locator("#result-body thead")).to_contain_text("Active")
    expect(page.locator("#result")).to_have_class(re.compile("look-bars"))


def test_what_was_open_of_another_subject_is_closed(at: Open) -> None:
    page = at("asha").page
    page.goto("/reports/new?entity=enrollments")
    student = page.locator('[data-part="fields"] summary').filter(has_text=re.compile("^Student"))
    student.click()
    expect(student.locator("..")).to_have_attribute("open", "")
    page.get_by_label("What do you want to count?").select_option("submissions")
    expect(page).to_have_url(re.compile("submissions"))
    page.wait_for_timeout(200)
    for part in ("measures", "fields"):
        groups = page.locator(f'[data-part="{part}"] details')
        opened = groups.evaluate_all("(all) => all.map((one) => one.open)")
        assert opened == [True] + [False] * (len(opened) - 1), part


def test_a_draft_that_was_saved_is_offered_no_more(
    at: Open, schools: tuple[School, School]
) -> None:
    address = saved_report(schools[0], "Drafted")
    page = at("asha").page
    page.goto(f"{address}/edit")
    answered(page)
    page.get_by_label("Totals").select_option("grand")
    answered(page)
    page.on("dialog", lambda asked: asked.accept())
    page.goto(f"{address}/edit")
    expect(page.locator("#draft")).not_to_be_empty()
    page.locator("#draft button").first.click()
    answered(page)
    with page.expect_response(lambda found: found.request.method == "PUT" and found.ok):
        page.keyboard.press("Control+s")
    expect(page.locator("#save-state")).not_to_have_text("Changes not saved")
    kept = "() => Object.keys(localStorage).filter((key) => key.startsWith('optilearn-draft'))"
    assert page.evaluate(kept) == []
    page.goto(f"{address}/edit")
    answered(page)
    expect(page.get_by_label("Totals")).to_have_value("grand")
    expect(page.locator("#draft")).to_be_empty()


def test_values_beyond_the_list_are_counted(at: Open) -> None:
    page = at("asha").page
    answer = {"data": {"values": [{"value": "A", "label": "A", "count": "1"}], "more": 2950}}
    page.route("**/run/values", lambda route: route.fulfill(json=answer | {"error": None}))
    page.goto("/reports/new?entity=enrollments")
    page.get_by_role("button", name="Add a filter", exact=True).click()
    page.get_by_role("combobox", name="Find a field").fill("course title")
    expect(page.locator("[role=option]").first).to_contain_text(re.compile("title", re.IGNORECASE))
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Values").click()
    expect(page.get_by_text("2,950 more: type to narrow.")).to_be_visible()
