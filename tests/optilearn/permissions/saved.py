"""Saved items: everybody's own; what is shared is read by whom it is shared with."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from optilearn.analytics.models import SavedItem, SavedVersion
from tests.optilearn.permissions.analytics import CLOSED, OPEN, QUESTION
from tests.support.permissions import ADMINS, EVERYBODY, Rule
from tests.support.twins import Twin

ANALYSTS: Final = "asha sita anil"
PLACE: Final = {"column": 0, "row": 0, "width": 6, "height": 5}
BODY: Final = {"definition": QUESTION, "readerFilters": ["course.code"]}


def save(twin: Twin, owner: str, **more: Any) -> SavedItem:
    """A shared report of that person's, with its first version."""
    facts: dict[str, Any] = {"kind": "REPORT", "name": "By course", "body": BODY}
    facts |= {"visibility": "INSTITUTION", "published_version": 1} | more
    item = SavedItem.objects.create(owner=twin.people[owner], **facts)
    SavedVersion.objects.create(
        item=item, number=1, author=twin.people[owner], name=item.name, body=item.body
    )
    return item


def shared(twin: Twin) -> None:
    save(twin, "tom")


def shared_query(twin: Twin) -> None:
    save(twin, "asha", kind="QUERY", body={"sql": "SELECT 1"})


def newest(_: Twin) -> dict[str, int]:
    return {"itemId": SavedItem.objects.latest("id").pk}


def newest_version(twin: Twin) -> dict[str, int]:
    return newest(twin) | {"number": 1}


def report(_: Twin) -> dict[str, Any]:
    return {"name": "Mine", **BODY}


def changed(twin: Twin) -> dict[str, Any]:
    return report(twin) | {"basedOn": 1}


def query(_: Twin) -> dict[str, Any]:
    return {"name": "Mine", "sql": "SELECT 1"}


def changed_query(twin: Twin) -> dict[str, Any]:
    return query(twin) | {"basedOn": 1}


def board(_: Twin) -> dict[str, Any]:
    tile = {"key": "byCourse", "title": "By course", "definition": QUESTION, "place": PLACE}
    return {"name": "Mine", "tiles": [tile], "filters": []}


def changed_board(twin: Twin) -> dict[str, Any]:
    return board(twin) | {"basedOn": 1}


def shared_board(twin: Twin) -> None:
    body = board(twin)
    save(twin, "tom", kind="DASHBOARD", body={n: body[n] for n in ("tiles", "filters")})


def newest_board(twin: Twin) -> dict[str, Any]:
    return {"dashboardId": newest(twin)["itemId"], "tileKey": "byCourse"}


def documents(_: Twin) -> dict[str, Any]:
    one = {"format": 1, "key": str(uuid4()), "kind": "REPORT", "name": "Mine", "body": BODY}
    return {"items": [one], "dryRun": False}


def to_uma(twin: Twin) -> dict[str, Any]:
    return {"personId": twin.people["uma"].pk}


def item(method: str, rest: str, allowed: str, **more: Any) -> Rule:
    """A rule of Tom's shared report."""
    path = f"/api/analytics/{rest}"
    return Rule(method, path, allowed, **({"params": newest, "setup": shared} | more))


def dashboard(method: str, rest: str, allowed: str, **more: Any) -> Rule:
    """A rule of Tom's shared dashboard."""
    path = f"/api/analytics/dashboards/{{dashboardId}}{rest}"
    return Rule(method, path, allowed, params=newest_board, setup=shared_board, **more)


RULES: Final = [
    Rule("GET", "/api/analytics/saved-items/broken", EVERYBODY),
    Rule("GET", "/api/analytics/impact", f"{ADMINS} anil", query="path=enrollments.status"),
    Rule("GET", "/api/analytics/saved-items/export", EVERYBODY),
    Rule(
        "POST",
        "/api/analytics/saved-items/import",
        EVERYBODY,
        body=documents,
        strangers_are_told=lambda steps: [step["action"] for step in steps] == ["CREATE"],
    ),
    item("DELETE", "saved-items/{itemId}", "tom"),
    item("POST", "saved-items/{itemId}/duplicate", EVERYBODY, body=lambda _: {}),
    item("PUT", "saved-items/{itemId}/favorite", EVERYBODY),
    item("DELETE", "saved-items/{itemId}/favorite", EVERYBODY),
    item("PUT", "saved-items/{itemId}/sharing", "tom", body=lambda _: {"visibility": "PRIVATE"}),
    item("POST", "saved-items/{itemId}/owner", f"tom {ADMINS}", body=to_uma),
    item("GET", "saved-items/{itemId}/uses", "tom"),
    item("GET", "saved-items/{itemId}/versions", "tom"),
    item("GET", "saved-items/{itemId}/versions/{number}", "tom", params=newest_version),
    item("GET", "saved-items/{itemId}/diff", "tom", query="before=1&after=1"),
    item(
        "POST",
        "saved-items/{itemId}/restore",
        "tom",
        body=lambda _: {"version": 1, "basedOn": 1},
    ),
    item("POST", "saved-items/{itemId}/publish", "tom", body=lambda _: {"version": 1}),
    Rule("GET", "/api/analytics/saved-reports", EVERYBODY),
    Rule("POST", "/api/analytics/saved-reports", EVERYBODY, body=report),
    Rule("GET", "/api/analytics/templates", EVERYBODY),
    Rule(
        "POST",
        "/api/analytics/saved-reports/from-template",
        EVERYBODY,
        body=lambda _: {"template": "enrollmentsByCourse"},
    ),
    item("GET", "saved-reports/{itemId}", EVERYBODY),
    item("PUT", "saved-reports/{itemId}", "tom", body=changed),
    item("POST", "saved-reports/{itemId}/run", OPEN, body=lambda _: {}, denied_as=CLOSED),
    item("POST", "saved-reports/{itemId}/explain", OPEN, body=lambda _: {}, denied_as=CLOSED),
    Rule("GET", "/api/analytics/dashboards", EVERYBODY),
    Rule("GET", "/api/analytics/dashboards/presets", EVERYBODY),
    Rule("POST", "/api/analytics/dashboards", EVERYBODY, body=board),
    Rule(
        "POST",
        "/api/analytics/dashboards/from-preset",
        EVERYBODY,
        body=lambda _: {"preset": "platform"},
    ),
    dashboard("GET", "", EVERYBODY),
    dashboard("PUT", "", "tom", body=changed_board),
    dashboard("POST", "/run", OPEN, body=lambda _: {}, denied_as=CLOSED),
    dashboard("POST", "/tiles/{tileKey}/run", OPEN, body=lambda _: {}, denied_as=CLOSED),
    Rule("GET", "/api/analytics/saved-queries", ANALYSTS),
    Rule("POST", "/api/analytics/saved-queries", ANALYSTS, body=query),
    item("GET", "saved-queries/{itemId}", ANALYSTS, setup=shared_query, denied=404),
    item(
        "PUT",
        "saved-queries/{itemId}",
        "asha",
        setup=shared_query,
        body=changed_query,
        denied=404,
        denied_as={"sita": 403, "anil": 403},
    ),
]
