"""What nobody planned for: long and foreign names, haste, going back, too much of anything."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.browser.saved_items import DEFINITION, Api
from tests.browser.test_builder import add, asked
from tests.browser.test_every_page import PAGES, wider_than_the_window
from tests.support.browser import COOKIE
from tests.support.server import serving

if TYPE_CHECKING:
    from tests.browser.conftest import Open, School
    from tests.browser.saved_items import SavedItems

pytestmark = pytest.mark.slow

NAMES = {
    "Hindi": "नामांकनोंकापूरासालानाविवरण" * 7,
    "right to left": "تقرير التسجيل السنوي " * 9,
    "markup": "<img src=x onerror=alert(1)>" * 7,
    "one word": "W" * 200,
}
MANY = 3_000


@pytest.fixture(scope="module")
def long_names(schools: tuple[School, School]) -> dict[str, int]:
    """Asha's reports by what is odd about their names."""
    with Api(schools[0].url, schools[0].tokens["asha"]) as api:
        return {
            kind: api(
                "POST", "/analytics/saved-reports", {"name": name[:200], "definition": DEFINITION}
            )["id"]
            for kind, name in NAMES.items()
        }


def question(**more: Any) -> str:
    return "/reports/new?q=" + quote(json.dumps(DEFINITION | more))


@pytest.mark.parametrize("width", [1440, 390])
def test_long_names_stay_within_the_window(
    at: Open, long_names: dict[str, int], width: int
) -> None:
    page = at("asha", width=width).page
    paths = ["/reports", "/schedules/new", "/search?q=" + "W" * 50]
    paths += [
        f"/reports/{number}{part}" for number in long_names.values() for part in ("", "/edit")
    ]
    wide = []
    for path in paths:
        page.goto(path)
        if wider_than_the_window(page):
            wide.append(path)
    assert wide == []


def test_markup_in_a_name_is_text(at: Open, long_names: dict[str, int]) -> None:
    page = at("asha").page
    page.goto(f"/reports/{long_names['markup']}")
    expect(page.get_by_role("heading", level=1)).to_have_text(NAMES["markup"][:200])
    assert page.locator("main img").count() == 0


def test_forty_filters_have_their_numbers_and_logic(at: Open) -> None:
    page = at("asha").page
    filters = [
        {"field": "course.title", "op": "contains", "value": f"Math for {'al' * (n + 1)}"}
        for n in range(40)
    ]
    logic = " OR ".join(str(n + 1) for n in range(40))
    page.goto(question(filters=filters, filterLogic=logic))
    asked(page)
    assert page.locator("#result-body tbody th").all_inner_texts()[0] == "Math for all"
    page.locator("#logic").fill("41")
    expect(page.locator("#logic-words")).to_contain_text("41")
    expect(page.locator("#logic")).to_have_attribute("aria-invalid", "true")
    assert not wider_than_the_window(page)


def test_three_thousand_values_are_drawn_a_few_at_a_time(at: Open) -> None:
    page = at("asha").page
    page.goto(question())
    asked(page)
    rows = [{"value": f"Course {n}", "label": f"Course {n}", "count": n} for n in range(MANY)]

    def many(route: Route) -> None:
        route.fulfill(json={"data": {"values": rows, "more": 0}})

    page.route("**/run/values", many)
    add(page, "Add a filter", "course title")
    values = page.get_by_role("combobox", name="Values")
    values.click()
    expect(page.locator("[role=option]").first).to_have_text(re.compile("Course 0"))
    assert page.locator("[role=option]").count() < 50
    for _ in range(20):
        page.keyboard.press("PageDown")
    active = page.locator(f"#{values.get_attribute('aria-activedescendant')}")
    expect(active).to_be_in_viewport()
    assert int(active.get_attribute("aria-posinset") or 0) > 100
    assert active.get_attribute("aria-setsize") == str(MANY)


def test_hasty_clicks_save_once(at: Open, saved: SavedItems) -> None:
    page = at("asha").page
    page.goto(question())
    asked(page)
    page.keyboard.press("Control+s")
    dialog = page.get_by_role("dialog", name="Save the report")
    dialog.get_by_label("Name", exact=True).fill("Saved in haste")
    dialog.get_by_role("button", name="Save", exact=True).dblclick()
    page.wait_for_url(re.compile(r"/reports/\d+/edit"))
    page.goto("/reports?q=haste")
    expect(page.get_by_role("link", name="Saved in haste", exact=True)).to_have_count(1)
    page.goto(f"/schedules/new?report={saved.report}")
    page.locator("main summary").last.click()
    page.get_by_label("Name", exact=True).fill("Sent in haste")
    page.get_by_role("button", name="Save schedule").dblclick()
    page.wait_for_url(re.compile(r"/schedules/\d+$"))
    page.goto("/schedules?q=haste")
    expect(page.get_by_role("link", name="Sent in haste", exact=True)).to_have_count(1)


def test_going_back_goes_back_by_one_change(at: Open) -> None:
    page = at("asha").page
    page.goto("/reports")
    page.goto(question())
    asked(page)
    add(page, "Add a group", "status")
    asked(page)
    expect(page.locator("#result-body thead")).to_contain_text("Status")
    page.go_back()
    expect(page.locator("#result-body thead")).not_to_contain_text("Status")
    page.go_forward()
    expect(page.locator("#result-body thead")).to_contain_text("Status")
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reports")
    page.go_forward()
    asked(page)
    expect(page.locator("#result-body thead")).not_to_contain_text("Status")


def test_pages_open_while_valkey_is_down(schools: tuple[School, School], saved: SavedItems) -> None:
    north = schools[0]
    down = {"REDIS_URL": "redis://127.0.0.1:1/0"}
    failed = []
    with (
        serving(north.database, north.home, down) as port,
        httpx.Client(
            base_url=(address := f"http://127.0.0.1:{port}"),
            cookies={COOKIE: north.tokens["asha"]},
            timeout=60,
        ) as client,
    ):
        for path in PAGES:
            response = client.get(path.format(**vars(saved)))
            if response.status_code >= 500:
                failed.append(f"{path}: {response.status_code}")
        answer = client.post(
            "/run/report",
            json={"definition": DEFINITION},
            headers={"Accept": "application/json", "Origin": address},
        )
    assert failed == []
    assert "Math for all" in answer.json()["data"]["html"]
