"""Points, badges and leaderboards over HTTP."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page
from optilearn.recognition.points import selectors, services
from optilearn.recognition.points.schemas import (
    BadgeChange,
    BadgeIn,
    BadgeOut,
    LeaderboardOut,
    OwnRecognition,
    PointsEntryOut,
    PointsRules,
    PointsRulesChange,
    RecognitionChange,
)

router = Router(tags=["Points and badges"], by_alias=True)
READ: Final = refusals(400, 403, 404)
WRITE: Final = refusals(400, 403, 404, 409)


def _values(sent: BaseModel) -> dict[str, Any]:
    """Return what was sent; a rule as it is stored."""
    values = sent.model_dump(exclude_unset=True)
    if "rule" in values:
        values["rule"] = sent.model_dump(by_alias=True, include={"rule"})["rule"]
    return values


@router.get(
    "/me/recognition",
    response={200: Envelope[OwnRecognition], **READ},
    operation_id="getOwnRecognition",
)
def own_recognition(request: HttpRequest) -> HttpResponse:
    """The calling student's points, streak and badges."""
    return answer(selectors.own_recognition(principal_of(request)))


@router.patch(
    "/me/recognition",
    response={200: Envelope[OwnRecognition], **READ},
    operation_id="updateOwnRecognition",
)
def update_own(request: HttpRequest, wanted: RecognitionChange) -> HttpResponse:
    """Be shown to others on leaderboards, or not; one's own place is always there."""
    principal = principal_of(request)
    if "is_hidden_on_leaderboards" in wanted.model_fields_set:
        services.set_visibility(principal=principal, is_hidden=wanted.is_hidden_on_leaderboards)
    return answer(selectors.own_recognition(principal))


@router.get(
    "/me/points",
    response={200: Envelope[list[PointsEntryOut]], **refusals(400)},
    operation_id="listOwnPoints",
)
def own_points(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    """The calling student's achievements with their points, the newest first."""
    rows, total = selectors.own_points(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/me/class-leaderboard",
    response={200: Envelope[LeaderboardOut], **READ},
    operation_id="getClassLeaderboard",
)
def class_leaderboard(request: HttpRequest) -> HttpResponse:
    """The calling student's class by points of all courses."""
    return answer(selectors.class_leaderboard(principal_of(request)))


@router.get(
    "/courses/{int:courseId}/leaderboard",
    response={200: Envelope[LeaderboardOut], **READ},
    operation_id="getCourseLeaderboard",
)
def course_leaderboard(request: HttpRequest, courseId: int) -> HttpResponse:
    """The students of a course by their points in it, for them and its managers."""
    return answer(selectors.course_leaderboard(principal_of(request), courseId))


@router.get(
    "/points-rules",
    response={200: Envelope[PointsRules], **READ},
    operation_id="getPointsRules",
)
def points_rules(request: HttpRequest) -> HttpResponse:
    """The points of each kind of achievement."""
    return answer(selectors.points_rules(principal_of(request)))


@router.patch(
    "/points-rules",
    response={200: Envelope[PointsRules], **READ},
    operation_id="updatePointsRules",
)
def update_points_rules(request: HttpRequest, wanted: PointsRulesChange) -> HttpResponse:
    """Change points, for achievements to come; what was entered stays."""
    principal = principal_of(request)
    sent = wanted.model_dump(exclude_unset=True)
    services.set_points(
        principal=principal, points={name.upper(): points for name, points in sent.items()}
    )
    return answer(selectors.points_rules(principal))


@router.get(
    "/badges",
    response={200: Envelope[list[BadgeOut]], **READ},
    operation_id="listBadges",
)
def badges(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    """The badges by title; those that nobody earns any more for administrators alone."""
    rows, total = selectors.badges(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.post("/badges", response={201: Envelope[BadgeOut], **WRITE}, operation_id="addBadge")
def add_badge(request: HttpRequest, badge: BadgeIn) -> HttpResponse:
    """Add a badge; students who meet its rule have it at once."""
    principal = principal_of(request)
    created = services.add_badge(principal=principal, values=_values(badge))
    return answer(selectors.badge_detail(principal, created), status=201)


@router.patch(
    "/badges/{int:badgeId}", response={200: Envelope[BadgeOut], **WRITE}, operation_id="updateBadge"
)
def update_badge(request: HttpRequest, badgeId: int, wanted: BadgeChange) -> HttpResponse:
    """Change a badge; who has it keeps it."""
    principal = principal_of(request)
    services.update_badge(principal=principal, badge_id=badgeId, values=_values(wanted))
    return answer(selectors.badge_detail(principal, badgeId))
