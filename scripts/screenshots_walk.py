"""What docs/first-report.md tells its reader to do, done in a browser, with its pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from playwright.sync_api import Page, expect

SCHOOL: Final = "Springdale School"
ADMINISTRATOR: Final = "Administrator"
TEACHER: Final = "Meera Yadav"
NAME: Final = "Late work by course"
Shot = Callable[[Page, str], None]


def sign_in(page: Page, role: str, name: str = "") -> None:
    """Be the first person of that role, or the one of that name."""
    page.goto("/sign-in")
    people = page.get_by_role("region", name=SCHOOL).get_by_role("group", name=role, exact=True)
    people.get_by_role("button", name=name).first.click()
    page.wait_for_url(re.compile(r"/$"))


def first_report(page: Page, shot: Shot, work: Callable[[], None]) -> None:
    """All of the page, in its order."""
    page.goto("/sign-in")
    shot(page, "first-report-sign-in")
    sign_in(page, ADMINISTRATOR)
    ask(page, shot)
    save(page, shot)
    schedule(page, shot)
    page.get_by_label("More actions").click()
    page.get_by_role("button", name="Send to everybody now").click()
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text("Sent by hand")).to_be_visible()
    work()
    page.reload()
    page.locator("#runs a").first.click()
    shot(page, "first-report-sent")
    sign_in(page, "Teacher", TEACHER)
    page.goto("/schedules/received")
    expect(page.get_by_role("main")).to_contain_text(NAME)
    shot(page, "first-report-received")


def ask(page: Page, shot: Shot) -> None:
    """Choose a number, group it, filter it, draw it."""
    page.get_by_role("main").get_by_role("link", name="New report").click()
    catalog = page.locator("#catalog")
    expect(catalog.get_by_role("button", name="Enrollments", exact=True)).to_be_visible()
    page.get_by_label("What do you want to count?").select_option(label="Submissions")
    catalog.get_by_role("button", name="Late rate", exact=True).click()
    find(page, "Add a group", "Course title")
    find(page, "Add a filter", "Student class")
    values = page.get_by_role("combobox", name="Values")
    for value in ("Class 9", "Class 10"):
        values.click()
        page.get_by_role("option", name=value).click()
    shot(page, "first-report-filter")
    page.get_by_role("button", name="Done").click()
    page.locator("#display").get_by_role("button", name="Bars").first.click()
    shot(page, "first-report-question")


def find(page: Page, button: str, field: str) -> None:
    """Press a button of the question, and take a field."""
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("combobox", name="Find a field").fill(field)
    page.get_by_role("option", name=field, exact=True).first.click()


def save(page: Page, shot: Shot) -> None:
    """Name it, share it with everybody, save it."""
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="Save the report")
    dialog.get_by_label("Name", exact=True).fill(NAME)
    dialog.get_by_label("Everybody").check()
    shot(page, "first-report-save")
    dialog.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/reports/\d+/edit"))


def schedule(page: Page, shot: Shot) -> None:
    """Send it to each teacher every Monday at 08:00."""
    page.locator("#more summary").click()
    page.get_by_role("link", name="Schedule", exact=True).click()
    page.get_by_text("Everybody with a role").click()
    page.get_by_label("Teachers").check()
    page.get_by_text("Everybody with a role").click()
    page.get_by_label("me", exact=True).uncheck()
    page.get_by_text("Name, message, filters, exceptions").click()
    page.get_by_label("When there are no rows for somebody").select_option("SKIP")
    expect(page.locator("#preview")).to_contain_text("30 recipients")
    page.get_by_text("Name, message, filters, exceptions").click()
    shot(page, "first-report-schedule")
    page.get_by_role("button", name="Save schedule").click()
    page.wait_for_url(re.compile(r"/schedules/\d+$"))
