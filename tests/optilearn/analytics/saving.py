"""Saved items over HTTP, as the people of a twin."""

from __future__ import annotations

from typing import Any

from tests.support.client import call, token_of
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
