"""Who earns points, who sees leaderboards, who makes badges."""

from __future__ import annotations

from typing import Any, Final

from optilearn.core.clock import now
from optilearn.recognition.models import Badge, EarnedBadge
from tests.optilearn.permissions.enrollment import TOMS, math
from tests.support.permissions import ADMINS, STAFF, STUDENTS, Rule
from tests.support.twins import Twin

RULE: Final = {"all": [{"count": "points", "atLeast": 1}]}


def a_badge(_: Twin) -> None:
    Badge.objects.create(title="First", rule=RULE)


def lenas_badge(twin: Twin) -> None:
    a_badge(twin)
    EarnedBadge.objects.create(
        badge=Badge.objects.latest("id"), student=twin.people["lena"], earned_at=now()
    )


def the_badge(_: Twin) -> dict[str, Any]:
    return {"badgeId": Badge.objects.latest("id").pk}


RULES: Final = [
    Rule("GET", "/api/me/recognition", STUDENTS),
    Rule("PATCH", "/api/me/recognition", STUDENTS, body=lambda _: {"isHiddenOnLeaderboards": True}),
    Rule("GET", "/api/me/points", STUDENTS),
    Rule("GET", "/api/me/class-leaderboard", STUDENTS),
    Rule(
        "GET",
        "/api/courses/{courseId}/leaderboard",
        f"{TOMS} lena मीरा",
        params=math,
        denied=404,
    ),
    Rule(
        "GET",
        "/api/me/badges/{badgeId}/credential",
        "lena",
        params=the_badge,
        ok=frozenset({503}),  # there is no key in tests
        denied_as={name: 404 for name in STUDENTS.split() if name != "lena"},
        setup=lenas_badge,
    ),
    Rule("GET", "/api/points-rules", f"{STAFF} {STUDENTS}"),
    Rule("PATCH", "/api/points-rules", ADMINS, body=lambda _: {"quizPassed": 5}),
    Rule("GET", "/api/badges", f"{STAFF} {STUDENTS}"),
    Rule("POST", "/api/badges", ADMINS, body=lambda _: {"title": "Mine", "rule": RULE}),
    Rule(
        "PATCH",
        "/api/badges/{badgeId}",
        ADMINS,
        params=the_badge,
        body=lambda _: {"isActive": False},
        setup=a_badge,
    ),
]
