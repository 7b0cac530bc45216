"""From an empty builder to a shared report: by mouse, by keys alone, on a phone, in Hindi."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Open
    from tests.browser.saved_items import SavedItems

pytestmark = pytest.mark.slow


def rows_of(page: Page) -> list[list[str]]:
    """The cells of the result's table, without totals."""
    rows = page.locator("#result-body table tbody tr")
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def add(page: Page, button: str, words: str) -> None:
    """Open an editor of the question, find a field by words, take the first."""
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("combobox", name="Find a field").fill(words)
    expect(page.locator("[role=option]").first).to_contain_text(re.compile(words, re.IGNORECASE))
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Find a field")).to_have_count(0)


def asked(page: Page) -> None:
    """Wait for the newest answer."""
    expect(page.locator("#result:not([aria-busy]) #result-body table")).to_be_visible()


def test_a_question_is_built_saved_shared_and_read_by_a_teacher(at: Open) -> None:
    page = at("asha").page
    page.goto("/reports/new")
    page.locator("#catalog").get_by_role("button", name="Enrollments", exact=True).click()
    add(page, "Add a group", "course title")
    asked(page)
    everybody = rows_of(page)
    assert everybody == [["Math for all", "2"]]
    add(page, "Add a filter", "status")
    values = page.get_by_role("combobox", name="Values")
    values.fill("Active")
    page.locator("[role=option]", has_text="Active").first.click()
    page.get_by_role("button", name="Done").click()
    asked(page)
    compare = page.get_by_role("button", name="Compare", exact=True)
    compare.click()
    expect(page.get_by_role("button", name="The year before")).to_be_disabled()
    page.keyboard.press("Escape")
    add(page, "Add a filter", "enrolled")
    page.locator(".popover select").first.select_option("inCurrent")
    page.locator(".popover select").last.select_option("year")
    page.get_by_role("button", name="Done").click()
    page.locator("#logic").fill("1 and 2")
    page.locator("#logic").blur()
    compare.click()
    page.get_by_role("button", name="The year before").click()
    asked(page)
    expect(page.locator("#chart .main-svg").first).to_be_visible()
    shown = page.locator("#result-body tbody td").all_inner_texts()
    assert shown[0] == "2"
    assert "q=" in page.url, "the question is in the address"
    page.keyboard.press("Control+s")
    dialog = page.get_by_role("dialog", name="Save the report")
    dialog.get_by_label("Name", exact=True).fill("Active by course <i>x</i>")
    dialog.get_by_label("Everybody").check()
    dialog.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/reports/\d+/edit"))
    number = re.findall(r"/reports/(\d+)", page.url)[0]
    expect(page.get_by_role("heading", level=1)).to_have_text("Active by course <i>x</i>")

    teacher = at("tom").page
    teacher.goto(f"/reports/{number}")
    asked(teacher)
    assert rows_of(teacher)[0][0] == "Math for all"
    other = at("uma").page
    other.goto(f"/reports/{number}")
    expect(other.locator("#result-body")).to_contain_text("No rows")
    stranger = at("asha", south=True).page
    stranger.goto(f"/reports/{number}")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("This page isn't here")


def test_undo_redo_and_going_back(at: Open) -> None:
    page = at("asha").page
    page.goto("/reports/new")
    page.locator("#catalog").get_by_role("button", name="Enrollments", exact=True).click()
    add(page, "Add a group", "course title")
    chip = page.locator("#question").get_by_role("button", name="Course title", exact=True)
    expect(chip).to_be_visible()
    page.locator("h1").click()
    page.keyboard.press("Control+z")
    expect(chip).to_have_count(0)
    page.keyboard.press("Control+Shift+z")
    expect(chip).to_be_visible()
    asked(page)
    page.reload()
    expect(chip).to_be_visible()


def test_a_filter_reads_its_codes_as_words_and_goes_with_its_last_value(at: Open) -> None:
    page = at("asha", language="hi").page
    question = {
        "version": 1,
        "entity": "enrollments",
        "mode": "categorical",
        "dimensions": ["status"],
        "measures": ["enrollments.count"],
        "filters": [{"field": "status", "op": "in", "value": ["ACTIVE", "COMPLETED"]}],
    }
    page.goto(f"/reports/new?q={quote(json.dumps(question))}")
    asked(page)
    assert rows_of(page) == [["सक्रिय", "2"]]
    chip = page.locator("[data-chip='filters/0']")
    expect(chip).to_contain_text("सक्रिय या पूर्ण")
    chip.click()
    tokens = page.locator(".popover .chip.removable")
    expect(tokens).to_have_count(2)
    tokens.last.get_by_role("button").click()
    expect(chip).to_contain_text("सक्रिय")
    tokens.last.get_by_role("button").click()
    expect(chip).to_have_count(0)
    page.locator(".popover input").fill("सक्रिय")
    page.locator("[role=option]", has_text="सक्रिय").first.click()
    expect(chip).to_contain_text("सक्रिय")
    asked(page)
    assert rows_of(page) == [["सक्रिय", "2"]]


def test_a_number_is_proven_by_its_rows(at: Open) -> None:
    page = at("asha").page
    page.goto("/reports/new")
    page.locator("#catalog").get_by_role("button", name="Enrollments", exact=True).click()
    add(page, "Add a group", "course title")
    asked(page)
    cell = page.locator("#result-body table tbody button").first
    number = cell.inner_text()
    cell.click()
    drawer = page.locator("dialog.drawer[open]")
    expect(drawer.locator("table tbody tr")).to_have_count(int(number))
    expect(drawer).to_contain_text(number)


def test_the_same_by_keyboard_alone(at: Open) -> None:
    page = at("asha").page
    page.goto("/reports/new")
    page.locator("#catalog-search").focus()
    page.keyboard.type("enrollments")
    page.keyboard.press("Tab")
    for _ in range(12):
        if page.evaluate("() => document.activeElement.textContent.trim()") == "Enrollments":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#result-body")).not_to_be_empty()
    page.get_by_role("button", name="Add a group").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Find a field")).to_be_focused()
    page.keyboard.type("course title")
    expect(page.locator("[role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    asked(page)
    page.keyboard.press("Control+s")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("By keys")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/reports/\d+/edit"))


def test_on_a_phone_in_the_dark_in_hindi(at: Open) -> None:
    page = at("asha", width=390, dark=True, language="hi").page
    page.goto("/reports/new")
    page.locator("#catalog").get_by_role("button", name="नामांकन", exact=True).first.click()
    page.locator("#steps [data-to=by]").click()
    page.locator("#question").get_by_role("button", name=re.compile("समूह|जोड़ें")).first.click()
    page.get_by_role("combobox").last.fill("कोर्स")
    page.keyboard.press("Enter")
    page.locator("#steps [data-to=look]").click()
    expect(page.locator("#result-body table")).to_be_visible()


def test_json_is_checked_as_it_is_written(at: Open) -> None:
    page = at("asha").page
    page.goto("/reports/new?entity=enrollments")
    page.get_by_text("The question as JSON").first.click()
    area = page.locator("#json-text")
    area.fill('{"version": 1, "entity": "nothing"}')
    expect(page.locator("#json-problems li").first).to_be_visible()
    area.fill('{"version": 1, ')
    expect(page.locator("#json-problems li").first).to_be_visible()
    area.fill(
        '{"version": 1, "entity": "enrollments", "mode": "categorical",'
        ' "dimensions": ["course.code"], "measures": ["enrollments.count"]}'
    )
    expect(page.locator("#json-problems li")).to_have_count(0)
    asked(page)


def test_an_ended_session_loses_nothing(at: Open) -> None:
    opened = at("asha")
    page = opened.page
    page.goto("/reports/new")
    page.locator("#catalog").get_by_role("button", name="Enrollments", exact=True).click()
    add(page, "Add a group", "course title")
    asked(page)
    token = opened.context.cookies()
    opened.context.clear_cookies(name="authjs.session-token")
    add(page, "Add a group", "status")
    page.wait_for_timeout(800)
    opened.context.add_cookies(token)  # type: ignore[arg-type]  # as they were
    page.goto("/reports/new")
    page.get_by_role("button", name=re.compile("Go on|Restore|Continue")).first.click()
    question = page.locator("#question")
    expect(question.get_by_role("button", name="Course title", exact=True)).to_be_visible()
    expect(question.get_by_role("button", name="Status", exact=True)).to_be_visible()


def test_two_people_on_one_report(at: Open) -> None:
    first = at("asha").page
    first.goto("/reports/new?entity=enrollments")
    first.locator("#catalog").get_by_role("button", name="Enrollments", exact=True).click()
    asked(first)
    first.keyboard.press("Control+s")
    first.get_by_label("Name", exact=True).fill("Two of us")
    first.keyboard.press("Enter")
    first.wait_for_url(re.compile(r"/reports/\d+/edit"))
    second = at("asha").page
    second.goto(first.url)
    for page, words in ((first, "course title"), (second, "status")):
        add(page, "Add a group", words)
        asked(page)
        page.keyboard.press("Control+s")
        if page is first:
            expect(page.locator("#save-state")).not_to_be_empty()
            page.wait_for_timeout(500)
    expect(second.get_by_role("dialog")).to_contain_text("Two people changed this report")


def test_without_an_answer_the_old_one_stays_until_the_server_is_back(at: Open) -> None:
    opened = at("asha")
    page = opened.page
    page.goto("/reports/new?entity=enrollments")
    page.locator("#catalog").get_by_role("button", name="Enrollments", exact=True).click()
    asked(page)
    page.route("**/run/report", lambda route: route.fulfill(status=502, body="<h1>Bad</h1>"))
    page.route("**/favicon.ico", lambda route: route.fulfill(status=502))
    add(page, "Add a group", "course title")
    problems = page.locator("#result-problems")
    expect(problems).to_contain_text("OptiLearn can't be reached right now.")
    expect(problems.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.locator("#result-body table")).to_be_visible()
    page.unroute("**/run/report")
    page.unroute("**/favicon.ico")
    expect(problems).to_be_hidden()
    expect(page.locator("#result-body thead")).to_contain_text("Course title")


def test_an_address_that_cannot_be_read_says_so(at: Open) -> None:
    page = at("asha").page
    page.goto('/reports/new?q={"entity":"enrollments","measures":[null]}')
    expect(page.locator(".notice[role=alert]").first).to_contain_text("can't be read")


def test_a_number_counts_only_some_rows_and_goes_onto_a_dashboard(
    at: Open, saved: SavedItems
) -> None:
    page = at("asha").page
    page.goto(f"/reports/{saved.report}/edit")
    asked(page)
    page.locator("[data-chip='measures/0']").click()
    page.get_by_text("Count only some rows").click()
    page.locator(".popover").get_by_role("button", name="Add a filter").click()
    page.get_by_role("combobox", name="Find a field").fill("status")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Values").click()
    page.locator("[role=option]").first.click()
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#result-body thead")).to_contain_text("Enrollments (Status is")
    page.locator("#more summary").click()
    page.locator("#to-dashboard").click()
    page.get_by_role("button", name="Add it").dblclick()
    page.get_by_role("button", name="Open it").click()
    page.wait_for_url(re.compile(r"/dashboards/\d+/edit"))
    expect(page.get_by_text("Pass rate by course <b>x</b>").first).to_be_visible()
