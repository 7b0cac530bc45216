"""A dashboard's page: places at once, numbers in a stream, choices in the address."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.analytics.models import ExportJob
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from tests.optilearn.analytics.saving import DEFINITION, TO_ALL, saved, saved_board, tile
from tests.support.twins import Twin
from tests.web.library.browsing import Browser, words_of

Twins = tuple[Twin, Twin]
CROSS = json.dumps({"field": "course.code", "op": "eq", "value": "MATH"})


def lines(browser: Browser, path: str, **form: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The head of a streamed answer, and its tiles by key; it is whole."""
    response = browser.post(f"/run/board/{path}", form)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/x-ndjson"
    head, *tiles, end = map(json.loads, b"".join(response).splitlines())
    assert end["end"] is True
    return head, {one["key"]: one for one in tiles}


def test_the_page_has_its_places_and_no_numbers(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")
    page = browser.get("/dashboards/platform").content.decode()
    assert 'id="tile-students"' in page
    assert "/dashboards/platform/grid.css" in page
    assert " style=" not in page
    sheet = browser.get("/dashboards/platform/grid.css")
    assert sheet["Content-Type"].startswith("text/css")
    assert "#tile-students{grid-area:1/1/span 2/span 2}" in sheet.content.decode()


@pytest.mark.parametrize("preset", ["platform", "students", "engagement", "compliance", "revenue"])
def test_every_tile_of_a_preset_is_drawn(twins: Twins, preset: str) -> None:
    browser = Browser(twins[0], "asha")
    head, tiles = lines(browser, preset)
    assert head["snapshot"]
    assert head["takenAt"]
    page = browser.get(f"/dashboards/{preset}").content.decode()
    assert {key for key in tiles if f'id="tile-{key}"' in page} == set(tiles)
    for key, found in tiles.items():
        assert found["error"] is None, (key, found["html"])
        assert " style=" not in found["html"]


def test_numbers_charts_and_tables_lead_to_what_is_behind_them(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")
    board = saved_board(
        twins[0],
        "asha",
        tile("byCourse", definition=DEFINITION | {"chart": {"type": "bar"}}),
        tile("count", 1, definition=DEFINITION | {"dimensions": [], "chart": {"type": "kpi"}}),
        tile("list", 2, definition=DEFINITION | {"chart": {"type": "table"}}),
    )
    _head, tiles = lines(browser, str(board["id"]))
    chart, number, table = (tiles[key] for key in ("byCourse", "count", "list"))
    assert chart["figure"]["data"][0]["type"] == "bar"
    assert "<table" in chart["html"]
    assert "Enrollments by course code" in chart["html"]
    assert number["figure"] is None
    assert "<a data-drill>2</a>" in number["html"]
    assert table["figure"] is None
    assert "MATH" in table["html"]
    query = parse_qs(urlsplit(table["explore"]).query)
    assert json.loads(query["q"][0])["entity"] == "enrollments"


def test_a_category_has_one_color_on_the_whole_dashboard(twins: Twins) -> None:
    def shown(key: str, row: int, direction: str) -> dict[str, Any]:
        sort = [{"by": "student.name", "dir": direction}]
        more = {"dimensions": ["student.name"], "chart": {"type": "donut"}, "sort": sort}
        return tile(key, row, definition=DEFINITION | more)

    board = saved_board(twins[0], "asha", shown("a", 0, "asc"), shown("b", 1, "desc"))
    _head, tiles = lines(Browser(twins[0], "asha"), str(board["id"]))
    ((up,), (down,)) = (tiles[key]["figure"]["data"] for key in "ab")
    assert up["labels"] == list(reversed(down["labels"])) != down["labels"]
    colors = [dict(zip(one["labels"], one["marker"]["colors"], strict=True)) for one in (up, down)]
    assert colors[0] == colors[1]


def test_several_courses_cost_no_more_queries_than_one(twins: Twins) -> None:
    north, _ = twins
    math, art = (north.courses[code].pk for code in ("MATH", "ART"))
    browser = Browser(north, "asha")

    def queries(query: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            page = browser.text(f"/dashboards/course?{query}")
        assert north.courses["MATH"].title in page
        return len(seen)

    queries(f"course={math}")  # the first page of a process warms up
    assert queries(f"course={math}&course={art}") == queries(f"course={math}")


def test_choices_stand_in_the_address_and_as_chips(twins: Twins) -> None:
    north, _ = twins
    browser = Browser(north, "asha")
    query = urlencode({"term": "2026A", "x": "byCategory", "xc": CROSS, "xl": "Category: MATH"})
    page = browser.get(f"/dashboards/platform?{query}").content.decode()
    assert "Remove Term: 2026A" in page
    assert "Remove Category: MATH" in page
    part = browser.get(f"/dashboards/platform?{query}", **{"HX-Request": "1"}).content.decode()
    assert part.strip().startswith("<form")
    head, tiles = lines(browser, f"platform?{query}")
    assert "students" in head["skipped"]
    assert all(one["error"] is None for one in tiles.values())


def test_several_values_of_a_filter_stand_in_the_address(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")
    count = DEFINITION | {"dimensions": [], "chart": {"type": "kpi"}}
    shared = [{"key": "category"}, {"key": "course"}]
    board = saved_board(twins[0], "asha", tile("count", definition=count), filters=shared)
    _head, tiles = lines(browser, f"{board['id']}?category=Maths&category=Science&category=Maths")
    query = parse_qs(urlsplit(tiles["count"]["explore"]).query)
    condition = {"field": "course.category", "op": "in", "value": ["Maths", "Science"]}
    assert json.loads(query["q"][0])["filters"] == [condition]
    _head, tiles = lines(browser, f"{board['id']}?category=&category=Maths")
    query = parse_qs(urlsplit(tiles["count"]["explore"]).query)
    assert json.loads(query["q"][0])["filters"] == [condition | {"op": "eq", "value": "Maths"}]
    page = browser.get(f"/dashboards/{board['id']}?course=1&course=2&category=Maths").content
    links = re.findall(r'class="chip removable" href="([^"]*)"', page.decode())
    wanted = ["course=1&amp;course=2", "course=2&amp;category=Maths", "course=1&amp;category=Maths"]
    assert sorted(links) == sorted(f"?{one}" for one in wanted)
    lines(browser, f"{board['id']}?course=1&course=2")
    assert browser.post(f"/run/board/{board['id']}?course=1&course=x").status_code == 400


def test_a_clicked_condition_may_have_several_values(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")
    count = DEFINITION | {"dimensions": [], "chart": {"type": "kpi"}}
    board = saved_board(twins[0], "asha", tile("a"), tile("count", 1, definition=count))
    several = {"field": "course.code", "op": "in", "value": ["MATH", "ART"]}
    query = urlencode({"x": "a", "xc": json.dumps(several)})
    _head, tiles = lines(browser, f"{board['id']}?{query}")
    found = parse_qs(urlsplit(tiles["count"]["explore"]).query)
    assert json.loads(found["q"][0])["filters"] == [several]


@pytest.mark.parametrize(
    "query", ["from=2026-13-01", "from=2026-02-01&to=2026-01-01", "x=a&xc=%7B", "x=a&xc=7"]
)
def test_a_damaged_address_says_so(twins: Twins, query: str) -> None:
    browser = Browser(twins[0], "asha")
    page = browser.get(f"/dashboards/platform?{query}")
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    assert browser.post(f"/run/board/platform?{query}").status_code == 400


def test_ranges_of_dates(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")
    for query in ("range=12m", "range=term", "from=2020-01-01", "to=2030-01-01",
                  "from=2020-01-01&to=2030-01-01", "range=nonsense"):  # fmt: skip
        _head, tiles = lines(browser, f"platform?{query}")
        assert all(one["error"] is None for one in tiles.values()), query


def test_a_required_filter_is_asked_for_first(twins: Twins) -> None:
    north, _ = twins
    browser = Browser(north, "asha")
    assert "Choose first: Course" in browser.text("/dashboards/course")
    assert browser.post("/run/board/course").status_code == 400
    course = north.courses["MATH"].pk
    page = browser.text(f"/dashboards/course?course={course}")
    assert "Choose first: Course" not in page
    assert north.courses["MATH"].title in page
    _head, tiles = lines(browser, f"course?course={course}")
    assert all(one["error"] is None for one in tiles.values())


def test_a_tile_that_fails_says_why_in_its_place(twins: Twins) -> None:
    north, _ = twins
    mine = saved(north, "asha", name="Private")
    board = saved_board(north, "asha", tile("a", savedItemId=mine["id"]), tile("b", 1), **TO_ALL)
    _head, tiles = lines(Browser(north, "anil"), str(board["id"]))
    assert tiles["a"]["error"] == "NOT_FOUND"
    assert "isn&#x27;t shared with you" in tiles["a"]["html"]
    assert tiles["b"]["error"] is None


def test_one_tile_is_tried_again_on_the_same_snapshot(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")
    head, tiles = lines(browser, "platform")
    query = urlencode({"x": "byCategory", "xc": CROSS.replace("MATH", "NOTHING")})
    path = f"/run/board/platform/tiles/enrollments?{query}"
    found = browser.post(path, {"snapshot": head["snapshot"]}).json()
    assert found["key"] == "enrollments"
    assert found["error"] is None
    assert found["html"] != tiles["enrollments"]["html"]
    assert browser.post("/run/board/platform/tiles/nothing").status_code == 404


def test_a_tile_alone_has_the_colors_of_the_whole_dashboard(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")
    _head, tiles = lines(browser, "platform")
    styles = tiles["byStatus"]["figure"]["layout"]["meta"]["styles"]
    assert styles
    path = "/run/board/platform/tiles/byStatus"
    others = {name: 7 - style for name, style in styles.items()}
    found = browser.post(path, {"colors": json.dumps(others)}).json()
    assert found["figure"]["layout"]["meta"]["styles"] == others
    found = browser.post(path, {"colors": "{"}).json()
    assert found["figure"]["layout"]["meta"]["styles"].keys() == styles.keys()


def test_values_of_filters_are_those_of_the_readers_scope(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")
    found = browser.get("/run/board/options/course?q=math").json()["data"]
    assert [one["note"] for one in found] == ["MATH"]
    assert browser.get("/run/board/options/term").json()["data"]
    assert browser.get("/run/board/options/nothing").status_code == 404


def test_values_of_filters_beyond_the_first_are_found_by_typing(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optilearn.analytics.saved.boards.filtering.MAX_VALUES", 1)
    browser = Browser(twins[0], "asha")

    def values(name: str, text: str = "") -> list[str]:
        query = urlencode({"q": text})
        rows = browser.get(f"/run/board/options/{name}?{query}").json()["data"]
        return [one["label"] for one in rows]

    with tenant_context(twins[0].id):
        titles = sorted(Course.objects.values_list("title", flat=True))
    assert len(titles) > 1
    for title in titles:
        assert values("course", title) == [title]
    assert values("term", "2026") == values("term")
    assert values("term", "zzz") == []


def test_without_a_script_there_are_tables(twins: Twins) -> None:
    page = Browser(twins[0], "asha").text("/run/board/platform")
    assert "Enrollments by category" in page
    assert "Status Enrollments Active 2" in page


def test_a_preset_and_a_dashboard_are_copied_and_edited(twins: Twins) -> None:
    north, _ = twins
    browser = Browser(north, "uma")
    assert browser.get("/dashboards/platform/copy").status_code == 303
    edit = browser.post("/dashboards/platform/copy")["Location"]
    page = browser.get(edit).content.decode()
    assert 'id="board-data"' in page
    assert "Save draft" in words_of(browser.get(edit))
    shown = browser.text(edit.removesuffix("/edit"))
    assert "This is a draft." in shown
    assert Browser(north, "tom").get(edit).status_code == 404


def test_a_new_dashboard_has_a_name(twins: Twins) -> None:
    browser = Browser(twins[0], "uma")
    refused = browser.post("/dashboards/new", {"name": " ", "start": "platform"})
    assert refused.status_code == 422
    assert "Give the dashboard a name." in words_of(refused)
    empty = browser.post("/dashboards/new", {"name": "Mine"})["Location"]
    assert "Nothing on it yet" in browser.text(empty.removesuffix("/edit"))
    copied = browser.post("/dashboards/new", {"name": "Ours", "start": "platform"})["Location"]
    assert "Ours" in browser.text(copied.removesuffix("/edit"))


def test_a_tile_that_isnt_saved_is_drawn_for_its_author(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")

    def preview(body: Any) -> Any:
        return browser.post(
            "/run/board/preview", body, content_type="application/json",
            headers={"Accept": "application/json"},
        )  # fmt: skip

    found = preview(tile("a")).json()
    assert found["error"] is None
    assert "MATH" in found["html"]
    refused = preview(tile("a", definition={"version": 1, "entity": "nothing"})).json()
    assert refused["error"] == "REPORT_INVALID"
    assert preview({"key": "a"}).status_code == 400


def test_a_file_of_a_dashboard_is_begun(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")
    done = browser.post("/dashboards/platform/export?range=12m", {"format": "xlsx"})
    assert (done.status_code, done["Location"]) == (303, "/exports")
    assert browser.post("/dashboards/platform/export", {"format": "csv"}).status_code == 400


def test_a_form_that_is_sent_twice_is_one_file(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")
    field = re.search(
        r'name="page" value="([^"]+)"', browser.get("/dashboards/platform").content.decode()
    )
    assert field is not None
    sent = {"format": "xlsx", "page": field[1]}
    for address, exports in [("", 1), ("", 1), ("?range=12m", 2), ("?asOf=2026-01-01", 2)]:
        browser.post(f"/dashboards/platform/export{address}", sent)
        with tenant_context(twins[0].id):
            assert ExportJob.objects.count() == exports, address


def test_a_file_that_was_canceled_is_begun_anew(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")
    sent = {"format": "xlsx", "page": "0c9a4c1e-5d0f-4f38-9c59-0f6f2d8f3a10"}
    browser.post("/dashboards/platform/export", sent)
    with tenant_context(twins[0].id):
        ExportJob.objects.update(status=ExportJob.Status.CANCELED)
    browser.post("/dashboards/platform/export", sent)
    with tenant_context(twins[0].id):
        assert ExportJob.objects.exclude(status=ExportJob.Status.CANCELED).count() == 1


@pytest.mark.parametrize("value", [[[1]], {"a": 1}, [{"a": 1}]])
def test_an_address_with_a_value_of_no_click_is_refused(twins: Twins, value: Any) -> None:
    clicked = {"field": "status", "op": "eq", "value": value}
    query = urlencode({"x": "byStatus", "xc": json.dumps(clicked), "xl": "x"})
    done = Browser(twins[0], "asha").post(f"/dashboards/platform/export?{query}", {"format": "pdf"})
    assert done.status_code == 400


def test_another_schools_dashboard_isnt_there(twins: Twins) -> None:
    north, south = twins
    board = saved_board(north, "asha", tile("a"), **TO_ALL)
    browser = Browser(south, "asha")
    for path in ("", "/grid.css", "/edit"):
        assert browser.get(f"/dashboards/{board['id']}{path}").status_code == 404, path
    for path in ("", "/tiles/a"):
        assert browser.post(f"/run/board/{board['id']}{path}").status_code == 404, path
    for path in ("copy", "export"):
        assert browser.post(f"/dashboards/{board['id']}/{path}").status_code == 404, path
    assert browser.get("/dashboards/nonsense").status_code == 404


def test_a_saved_report_becomes_a_tile(twins: Twins) -> None:
    north, south = twins
    browser = Browser(north, "asha")
    found = saved(north, "asha", name="By course", **TO_ALL)
    chooser = f"/dashboards?add={found['id']}"
    assert "You have no dashboard of your own yet." in browser.text(chooser)
    edit = browser.post(f"/dashboards/new?add={found['id']}", {"name": "Mine"})["Location"]
    board = edit.split("/")[2]
    assert "Add “By course” to a dashboard" in browser.text(chooser)
    for _time in range(2):
        done = browser.post(f"/dashboards/{board}/tiles", {"item": found["id"]})
        assert done["Location"] == edit
    places = browser.get(f"/dashboards/{board}/grid.css?draft=1").content.decode()
    assert f"#tile-item{found['id']}_2{{grid-area:1/7/span 5/span 6}}" in places
    _head, tiles = lines(browser, f"{board}?draft=1")
    assert len(tiles) == 3
    assert Browser(north, "uma").post(edit.replace("edit", "tiles")).status_code == 404
    stranger = saved(south, "asha", name="Southern", **TO_ALL)
    assert browser.post(f"/dashboards/{board}/tiles", {"item": stranger["id"]}).status_code == 404
    assert browser.get(f"/dashboards?add={stranger['id']}").status_code == 404
