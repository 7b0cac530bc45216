"""Activity: everybody may send their own; whether it counts is told for each event."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from optilearn.core import clock
from tests.support.permissions import EVERYBODY, Rule
from tests.support.twins import Twin


def events(twin: Twin) -> dict[str, Any]:
    course = twin.courses["MATH"].pk
    moment = clock.now().isoformat()
    one = {"id": str(uuid4()), "kind": "VIEW", "courseId": course, "occurredAt": moment}
    return {"events": [one]}


RULES: Final = [
    Rule(
        "POST",
        "/api/activity/events",
        EVERYBODY,
        body=events,
        strangers_are_told=lambda data: data["accepted"] == 0 and len(data["rejected"]) == 1,
    ),
    # Without the standard's header, which is told after the door.
    Rule("POST", "/api/xapi/statements", EVERYBODY, body=events, ok=frozenset({400})),
    Rule("PUT", "/api/xapi/statements", EVERYBODY, body=events, ok=frozenset({400})),
    *(
        Rule(
            method,
            path,
            EVERYBODY,
            body=None if method in {"GET", "HEAD", "DELETE"} else events,
            ok=frozenset({400}),
        )
        for method, path in (
            ("GET", "/api/xapi/statements"),
            ("HEAD", "/api/xapi/statements"),
            ("GET", "/api/xapi/activities/state"),
            ("HEAD", "/api/xapi/activities/state"),
            ("PUT", "/api/xapi/activities/state"),
            ("POST", "/api/xapi/activities/state"),
            ("DELETE", "/api/xapi/activities/state"),
        )
    ),
]
