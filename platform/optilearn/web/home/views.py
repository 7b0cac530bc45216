"""The page that a person begins with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse

from optilearn.analytics.alerts.selectors import alerts_overview
from optilearn.analytics.headlines import headlines
from optilearn.analytics.health import DataHealth, data_health
from optilearn.analytics.saved.boards.model import locale_of
from optilearn.analytics.saved.boards.selectors import presets
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.listing import items_list
from optilearn.analytics.saved.schemas.items import ItemQuery
from optilearn.analytics.schedules.schemas import SchedulesQuery
from optilearn.analytics.schedules.selectors import schedule_list
from optilearn.core.access.policies import ADMINS, STAFF
from optilearn.core.access.roles import Role
from optilearn.core.clock import now
from optilearn.core.http.pages import PageQuery
from optilearn.web.boards.tiles import explore_href
from optilearn.web.navigation import SENDERS
from optilearn.web.pages import WebRequest, page, show

MAX_PINNED: Final = 8
MAX_DUE: Final = 5
MAX_ALERTS: Final = 50
RECENT: Final = timedelta(days=14)


@page
def home(request: WebRequest) -> HttpResponse:
    """Show what changed and what is next; to learners and parents, where their courses are."""
    if request.principal.role not in STAFF:
        return show(request, "web/home/learner.html", {"nav": "home"})
    return show(request, "web/home/staff.html", _staff(request))


@page(roles=STAFF)
def changes(request: WebRequest) -> HttpResponse:
    """The headline numbers with what changed since the day before."""
    health = data_health()
    found = []
    if not health.is_empty:
        found = headlines(request.principal, health.earlier_id, locale_of(request.principal))
    context = {
        "nav": "home",
        "chapter": "first-report",
        "health": health,
        "headlines": [(one, explore_href(one.definition)) for one in found if not one.is_zero],
        "is_new": all(one.is_zero for one in found),
    }
    return show(request, "web/home/changes.html", context, partial="web/home/_changes.html")


def _staff(request: WebRequest) -> dict[str, Any]:
    principal = request.principal
    favorites = ItemQuery.model_validate({"favorite": True, "per_page": MAX_PINNED})
    reports, _count = items_list(principal, Kind.REPORT, favorites)
    boards, _count = items_list(principal, Kind.DASHBOARD, favorites)
    is_sender = principal.role in SENDERS
    health = data_health()
    return {
        "nav": "home",
        "health": health,
        "pinned": [(one, "/dashboards", "dashboard") for one in boards]
        + [(one, "/reports", "report") for one in reports],
        "presets": presets(principal)[:3] if not reports and not boards else [],
        "is_sender": is_sender,
        "due": _due(request) if is_sender else [],
        "fired": _fired(request) if is_sender else [],
        "sees_data": principal.role in ADMINS | {Role.ANALYST},
        "steps": _steps(request, health) if health.is_empty else [],
    }


def _due(request: WebRequest) -> list[dict[str, Any]]:
    query = SchedulesQuery.model_validate({"status": "ACTIVE", "per_page": MAX_DUE})
    rows, _total = schedule_list(request.principal, query)
    return [row for row in rows if row["nextAt"] is not None]


def _fired(request: WebRequest) -> list[dict[str, Any]]:
    query = PageQuery.model_validate({"per_page": MAX_ALERTS})
    rows, _total = alerts_overview(request.principal, query)
    since = now() - RECENT
    recent = [row for row in rows if row["lastFiredAt"] and row["lastFiredAt"] > since]
    return sorted(recent, key=lambda row: row["lastFiredAt"], reverse=True)[:MAX_DUE]


def _steps(request: WebRequest, health: DataHealth) -> list[str]:
    """The first steps of a school without data, by what its reader may do."""
    steps = ["wait"] if not health.failures else ["failed"]
    if request.principal.role in ADMINS:
        steps += ["school", "people"]
    return [*steps, "templates"]
