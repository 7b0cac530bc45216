"""The API on granian: the busiest reads over three other ways to write them, and as data grow."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from benchmarks.api.load import Ask, granian, latency, rates, request
from benchmarks.api.school import SLUG, School, grow, make_school
from benchmarks.report import Line
from benchmarks.world import World
from tests.support.services import redis_url

EVENTS = 50


def measure(world: World) -> Iterator[Line]:
    school = make_school(world)
    environment = world.database.environment() | {
        "REDIS_URL": redis_url(),
        "RATE_LIMIT": "1000000000",  # counted as always, and never reached
        "LOG_LEVEL": "WARNING",
    }
    with granian(environment) as port:
        asks = _asks(school)
        for name, ways in asks.items():
            found = rates(port, ways)
            ours = 1 / found["ours"]
            yield Line(f"{name}: over django-ninja's plain way", ours, 1 / found["plain"], 0.5)
            yield Line(f"{name}: over values() and JsonResponse", ours, 1 / found["values"], 1)
            yield Line(f"{name}: over a bare cursor", ours, 1 / found["bare"], 2)
        small = {name: latency(port, ways["ours"]) for name, ways in asks.items()}
        grow(world, school)
        for name, ways in asks.items():
            grown = latency(port, ways["ours"])
            yield Line(f"{name}: 1,000,000 enrollments over 1,000", grown, small[name], 1.5)


def _asks(school: School) -> dict[str, dict[str, Ask]]:
    admin, student = _tokens(school)
    course = school.course_id
    reads = {
        "course list": ("/courses?perPage=20", admin),
        "course with lessons and locks": (f"/learning/courses/{course}", student),
        "roster": (f"/courses/{course}/enrollments?perPage=25", admin),
        "own list": ("/learning/courses?perPage=25", student),
        "inbox": ("/notifications?limit=25", student),
    }
    asks = {
        name: {
            way: partial(request, "GET", f"/api{prefix}{path}", token)
            for way, prefix in _WAYS.items()
        }
        for name, (path, token) in reads.items()
    }
    asks[f"activity, {EVENTS} events"] = {
        way: partial(_events, f"/api{prefix}/activity/events", student, course)
        for way, prefix in _WAYS.items()
    }
    return asks


_WAYS = {"ours": "", "plain": "/plain", "values": "/values", "bare": "/bare"}


def _events(path: str, token: str, course_id: int) -> bytes:
    moment = datetime.now(UTC).isoformat()
    events = [
        {"id": str(uuid.uuid4()), "kind": "VIEW", "courseId": course_id, "occurredAt": moment}
        for _ in range(EVENTS)
    ]
    return request("POST", path, token, json.dumps({"events": events}).encode())


def _tokens(school: School) -> tuple[str, str]:
    from django.conf import settings

    from optilearn.core.access.roles import Role
    from optilearn.core.access.tokens import encode
    from optilearn.institutions.selectors import institution_by_slug
    from optilearn.people.selectors import principal_by_code, session_claims

    institution = institution_by_slug(SLUG)
    assert institution is not None
    found = []
    for role, code in ((Role.ADMIN, None), (Role.STUDENT, school.student_code)):
        claims = session_claims(principal_by_code(institution, role, code), institution)
        secret, name = settings.AUTH_SECRETS[0], settings.AUTH_COOKIE
        found.append(encode(claims, secret=secret, cookie_name=name))
    return found[0], found[1]
