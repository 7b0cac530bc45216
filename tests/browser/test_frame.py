"""The frame as people meet it: navigation, palette, language, theme, menus, errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Open
    from tests.browser.saved_items import SavedItems

pytestmark = pytest.mark.slow


def test_each_role_has_its_navigation(at: Open) -> None:
    def entries(name: str) -> list[str]:
        page = at(name).page
        page.goto("/notifications")
        return page.locator(".sidebar a").all_inner_texts()

    assert "School" in entries("asha")
    assert "SQL" in entries("anil")
    assert "School" not in entries("tom")
    assert entries("lena") == ["Home", "Help"]


def test_who_is_not_signed_in_comes_back_after_signing_in(at: Open) -> None:
    page = at(None).page
    page.goto("/notifications?new=1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sign in")
    page.get_by_role("button", name=re.compile("Asha")).first.click()
    page.wait_for_url("**/notifications?new=1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Notifications")


def test_a_strange_address_after_signing_in_leads_home(at: Open) -> None:
    page = at(None).page
    page.goto("/sign-in?next=//elsewhere.example/")
    page.get_by_role("button", name=re.compile("Asha")).first.click()
    page.wait_for_url(re.compile(r"^http://127\.0\.0\.1:\d+/$"))


def test_the_palette_by_keyboard_alone(at: Open) -> None:
    page = at("asha").page
    page.goto("/notifications")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Search pages")
    expect(box).to_be_focused()
    page.keyboard.type("help")
    expect(page.get_by_role("option", selected=True)).to_have_text(re.compile("Help"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/docs")


def test_the_palette_finds_people_and_shows_markup_as_text(at: Open) -> None:
    page = at("asha").page
    page.goto("/notifications")
    page.keyboard.press("Control+k")
    page.keyboard.type("meer")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("लेना <b>x</b>")
    expect(page.locator("#palette li")).to_have_text(["Nothing found."])
    page.get_by_role("combobox").fill("tom")
    expect(page.get_by_role("option").filter(has_text="Teacher")).to_have_count(1)


def test_language_and_theme_are_remembered(at: Open) -> None:
    page = at("asha").page
    page.goto("/notifications?new=1")
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="हिन्दी").click()
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    assert page.url.endswith("/notifications?new=1")
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="गहरा").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/docs")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "hi")


def test_a_menu_by_keyboard(at: Open) -> None:
    page = at("asha").page
    page.goto("/notifications")
    page.locator(".person-menu summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Notification settings").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="English")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".person-menu summary")).to_be_focused()
    expect(page.locator(".person-menu .menu-list")).to_be_hidden()


def test_the_first_tab_skips_to_the_content(at: Open) -> None:
    page = at("asha").page
    page.goto("/notifications")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("width", [1440, 390])
def test_error_pages_say_what_to_do(at: Open, width: int) -> None:
    page = at("lena", width=width).page
    page.goto("/nowhere")
    expect(page.get_by_role("heading", level=1)).to_have_text("This page isn't here")
    expect(page.get_by_role("link", name="Go home")).to_be_visible()
    page.goto("/school")
    expect(page.get_by_role("heading", level=1)).to_have_text("This page isn't for your role")


def test_pages_work_without_scripts(at: Open) -> None:
    page = at("asha", java_script_enabled=False).page
    page.goto("/settings/notifications")
    page.get_by_label("Quiet from").fill("22:30")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_label("Quiet from")).to_have_value("22:30")
    page.goto("/search?q=help")
    expect(page.get_by_role("main").get_by_role("link", name="Help")).to_be_visible()


def test_the_chapters_are_found(at: Open) -> None:
    page = at("asha").page
    page.goto("/docs")
    page.get_by_label("Search the chapters").fill("half-hour")
    page.get_by_label("Search the chapters").fill("banner stale")
    expect(page.locator("#hits article").first).to_be_visible()
    page.locator("#hits a").first.click()
    expect(page.locator("article.prose")).to_be_visible()


LINES_OF_THE_LONGEST_WORD = """(cell) => {
  const text = document.createTextNode("Venkataramanan Chauhan");
  cell.replaceChildren(text);
  const word = document.createRange();
  word.setStart(text, 0);
  word.setEnd(text, 14);
  return new Set([...word.getClientRects()].map((one) => one.top)).size;
}"""


@pytest.mark.parametrize("path", ["/schedules", "/people", "/school/audit"])
def test_a_name_in_a_table_is_not_broken_inside_a_word(
    at: Open, saved: SavedItems, path: str
) -> None:
    page = at("asha", width=1024).page
    page.goto(path)
    cell = page.locator(".table td.person, .table th.person").last
    assert saved.schedule
    assert cell.evaluate(LINES_OF_THE_LONGEST_WORD) == 1
