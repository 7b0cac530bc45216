"""Every page by its address: who may open it, whose records it shows, what it costs.

A new address fails here until it is in the table, with the number of its queries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern

from optilearn.web.urls import urls
from tests.browser.saved_items import DEFINITION
from tests.support.client import ORIGIN, call, token_of
from tests.support.twins import PEOPLE, Twin

if TYPE_CHECKING:
    from tests.web.conftest import SignIn

Twins = tuple[Twin, Twin]

QUERIES = {
    "": 15,
    "alerts": 6,
    "alerts/<int:alert_id>": 8,
    "alerts/<int:alert_id>/edit": 7,
    "alerts/new": 4,
    "components": 4,
    "dashboards": 11,
    "dashboards/<int:item_id>/delete": 9,
    "dashboards/<int:item_id>/edit": 11,
    "dashboards/<int:item_id>/owner": 6,
    "dashboards/<int:item_id>/share": 6,
    "dashboards/<int:item_id>/uses": 9,
    "dashboards/<int:item_id>/versions": 9,
    "dashboards/<int:item_id>/versions/compare": 10,
    "dashboards/<str:key>": 6,
    "dashboards/<str:key>/grid.css": 2,
    "dashboards/new": 2,
    "data": 7,
    "data/compare": 5,
    "data/now": 2,
    "docs": 2,
    "docs/<path:name>": 2,
    "exports": 4,
    "notifications": 3,
    "people": 5,
    "people/<int:person_id>": 3,
    "reports": 10,
    "reports/<int:item_id>": 3,
    "reports/<int:item_id>/delete": 9,
    "reports/<int:item_id>/edit": 9,
    "reports/<int:item_id>/owner": 6,
    "reports/<int:item_id>/share": 6,
    "reports/<int:item_id>/uses": 9,
    "reports/<int:item_id>/versions": 9,
    "reports/<int:item_id>/versions/compare": 10,
    "reports/choices/<slug:entity>": 2,
    "reports/export": 2,
    "reports/import": 2,
    "reports/new": 6,
    "reports/templates": 3,
    "schedules": 8,
    "schedules/<int:schedule_id>": 9,
    "schedules/<int:schedule_id>/edit": 13,
    "schedules/new": 7,
    "schedules/received": 4,
    "school": 6,
    "school/addresses": 4,
    "school/attributes": 3,
    "school/audit": 6,
    "school/calendar": 5,
    "school/deliveries": 4,
    "school/health": 6,
    "school/privacy": 4,
    "school/templates": 4,
    "school/templates/<str:key>/<str:channel>/<str:locale>": 5,
    "school/tokens": 3,
    "search": 2,
    "search.json": 1,
    "settings/notifications": 5,
    "sql": 5,
}
"""Queries of each page for an administrator, among them the session's one and the frame's one.

Pages that aren't here answer no GET of what was made: they take forms, or what a test makes no
example of.
"""


def routes() -> list[str]:
    """All addresses of pages but the last, which is everything else."""
    return [str(one.pattern) for one in urls if not str(one.pattern).startswith("^")]


def make_everything(twin: Twin) -> dict[str, Any]:
    """One of each thing that a page shows, by the parameter that names it in an address."""
    token = token_of(twin, "asha")

    def made(path: str, body: dict[str, Any]) -> Any:
        status, envelope = call("POST", f"/api/analytics{path}", token=token, body=body)
        assert status < 300, envelope
        return envelope["data"]["id"]

    everybody = {"sharing": {"visibility": "INSTITUTION"}, "publish": True}
    report = made("/saved-reports", {"name": "Theirs", "definition": DEFINITION, **everybody})
    schedule = {
        "name": "Weekly", "savedItemId": report, "formats": ["csv"],
        "timing": {"rule": "FREQ=WEEKLY;BYDAY=MO", "startsAt": "2030-01-07T08:00"},
        "recipients": [{"kind": "ROLE", "role": "TEACHER"}],
    }  # fmt: skip
    alert = {
        "name": "Few", "reportId": report, "measure": "passRate",
        "condition": {"kind": "THRESHOLD", "direction": "BELOW", "limit": 0.9},
    }  # fmt: skip
    board = made("/dashboards/from-preset", {"preset": "platform"})
    return {
        "reports": {"item_id": report},
        "dashboards": {"item_id": int(board), "key": board},
        "schedules": {"schedule_id": made("/schedules", schedule)},
        "alerts": {"alert_id": made("/alerts", alert)},
        "people": {"person_id": twin.people["lena"].pk},
    }


SAMPLES = {
    "number": 1, "run_id": 1, "delivery_id": 1, "form": "csv", "export_id": 1, "message_id": 1,
    "attribute_id": 1, "address_id": 1, "token_id": 1, "entity": "enrollments", "name": "schedules",
    "key": "platform", "channel": "EMAIL", "locale": "en", "snapshot_id": "none",
    "course_id": 1, "lesson_id": 1, "assignment_id": 1, "review_id": 1, "thread_id": 1,
    "child_id": 1, "session_id": 1, "announcement_id": 1, "requirement_id": 1, "certificate_id": 1,
    "tile": "students", "item_id": 1, "schedule_id": 1, "alert_id": 1, "person_id": 1,
}  # fmt: skip


def address(route: str, made: dict[str, Any]) -> str:
    """The route with the parameters of what was made, else of nothing in particular."""
    area = route.removeprefix("run/").split("/")[0].removesuffix("board")
    known = SAMPLES | made.get(area or "dashboards", {})
    if route.startswith("school/templates"):
        known = known | {"key": "ENROLL_WELCOME"}
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(known[m.group(1)]), route)


@pytest.mark.slow
def test_no_page_fails_for_anybody(sign_in: SignIn, twins: Twins) -> None:
    made = make_everything(twins[0])
    wrong = []
    for name in PEOPLE:
        client = sign_in(name)
        for route in routes():
            path = address(route, made)
            response = client.get(path)
            if response.status_code >= 500:
                wrong.append((name, path, response.status_code))
    assert wrong == []


def test_nothing_of_another_school_is_shown(sign_in: SignIn, twins: Twins) -> None:
    theirs = make_everything(twins[1])
    client = sign_in("asha")
    for route in routes():
        area = route.removeprefix("run/").split("/")[0]
        names = set(re.findall(r"<int:(\w+)>", route)) & theirs.get(area, {}).keys()
        if not names:
            continue
        path = address(route, theirs)
        assert client.get(path, follow=True).status_code in {404, 405}, path
        posted = client.post(path, {"name": "x", "reason": "a reason", "confirm": "lena"})
        assert posted.status_code in {400, 404, 405, 422}, path
    for name in ("Theirs", "Weekly"):
        for path in ("/", "/reports", "/schedules", "/alerts", "/dashboards", "/exports"):
            assert name not in client.get(path).content.decode()


def test_nobody_opens_a_page_without_a_session(twins: Twins) -> None:
    from django.test import Client

    made = make_everything(twins[0])
    open_to_all = {"language", "theme", "sign-in", "components", "favicon.ico"}
    for route in routes():
        if route in open_to_all:
            continue
        response = Client(headers={"Accept": "text/html", "Origin": ORIGIN}).get(
            address(route, made)
        )
        assert response.status_code in {302, 405}, route
        if response.status_code == 302:
            assert "sign" in response["Location"], route


def test_each_page_costs_as_many_queries_as_it_says(sign_in: SignIn, twins: Twins) -> None:
    made = make_everything(twins[0])
    client = sign_in("asha")
    found = {}
    for route in routes():
        if route.startswith("run/") or route == "people/<int:person_id>/export":
            continue  # the engine's, and a file of all tables: no pages
        path = address(route, made)
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(path)
        statements = [
            q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))
        ]
        if response.status_code == 200 and statements:
            found[route] = len(statements)
    assert found == QUERIES


def test_every_address_is_a_view_of_ours() -> None:
    for one in urls:
        assert isinstance(one, URLPattern)
