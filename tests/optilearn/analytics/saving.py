"""Saved items over HTTP, as the people of a twin."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from tests.support.client import bearer, call, token_of
from tests.support.twins import Twin

Answer = tuple[int, Any]
DEFINITION: dict[str, Any] = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": ["enrollments.count"],
}
TO_ALL = {"publish": True, "sharing": {"visibility": "INSTITUTION", "roles": []}}


def ask(twin: Twin, person: str, /, method: str, path: str, **body: Any) -> Answer:
    """Status and envelope of a request of that person's."""
    token = token_of(twin, person)
    sent = body if method in {"POST", "PUT"} else None
    return call(method, f"/api/analytics/{path}", token=token, body=sent)


def lines(
    twin: Twin, person: str, board: str | int, /, **body: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The head of a dashboard's answer, and its tiles by key; it is whole."""
    response = post(twin, person, board, **body)
    assert response.status_code == 200, response.content
    raw = b"".join(response) if response.streaming else response.content
    head, *tiles, end = [json.loads(line) for line in raw.splitlines()]
    assert end["end"] is True
    return head, {tile["key"]: tile for tile in tiles}


def post(twin: Twin, person: str, board: str | int, /, **body: Any) -> Any:
    """The response to a run of a dashboard, which may be streaming."""
    return Client().post(
        f"/api/analytics/dashboards/{board}/run",
        data=json.dumps(body),
        content_type="application/json",
        headers=bearer(token_of(twin, person)),
    )


def tile(key: str, row: int = 0, **more: Any) -> dict[str, Any]:
    """A tile of the whole width."""
    place = {"column": 0, "row": row, "width": 12, "height": 1}
    content = {} if "savedItemId" in more else {"definition": DEFINITION}
    return {"key": key, "title": key.title(), "place": place} | content | more


def saved_board(twin: Twin, person: str, /, *tiles: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A dashboard that person saved."""
    body = {"name": "Mine", "tiles": tiles} | more
    found: dict[str, Any] = data(ask(twin, person, "POST", "dashboards", **body), 201)
    return found


def report(**more: Any) -> dict[str, Any]:
    """The body of a report."""
    return {"name": "By course", "definition": DEFINITION} | more


def saved(twin: Twin, person: str, /, **more: Any) -> dict[str, Any]:
    """A report that person saved."""
    status, body = ask(twin, person, "POST", "saved-reports", **report(**more))
    assert status == 201, body
    data: dict[str, Any] = body["data"]
    return data


def data(answer: Answer, status: int = 200) -> Any:
    """The data of an answer that went well."""
    assert answer[0] == status, answer
    return answer[1]["data"]


def problems(answer: Answer, status: int = 422) -> list[tuple[str, str]]:
    """Code and place of each reason of a refusal."""
    assert answer[0] == status, answer
    return [(p["code"], p["path"]) for p in answer[1]["error"]["details"]]
