"""Search over pages, saved items and people: for the command palette and its page."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from optilearn.analytics.saved import listing
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.schemas.items import ItemQuery
from optilearn.core.access.policies import ADMINS, STAFF
from optilearn.core.access.principal import Principal
from optilearn.core.text import words_of
from optilearn.people.schemas import PeopleQuery
from optilearn.people.selectors import people_list
from optilearn.web.labels import role_label
from optilearn.web.navigation import commands
from optilearn.web.pages import WebRequest, page, show

_EACH: Final = 6
_LONGEST: Final = 100


@require_safe
@page
def found(request: WebRequest) -> HttpResponse:
    """Return pages and verbs; with ``q`` the saved items and people of that name."""
    query = request.GET.get("q", "")[:_LONGEST].replace("\0", "").strip()
    rows = _records(request.principal, query) if query else commands(request.principal)
    return JsonResponse({"data": rows, "error": None})


@require_safe
@page
def results(request: WebRequest) -> HttpResponse:
    """The same as a page, for who has no scripts."""
    query = request.GET.get("q", "")[:_LONGEST].replace("\0", "").strip()
    words = query.casefold().split()
    pages = [
        c for c in commands(request.principal) if all(w in c["label"].casefold() for w in words)
    ]
    rows = pages + (_records(request.principal, query) if query else [])
    return show(request, "web/account/search.html", {"rows": rows, "q": query})


def _records(principal: Principal, query: str) -> list[dict[str, Any]]:
    """Return saved items and people with these words, a few of each. At most six queries."""
    if not words_of(query):
        return []
    rows: list[dict[str, Any]] = []
    if principal.role in STAFF:
        for kind, place, note in (
            (Kind.REPORT, "/reports/", _("Report")),
            (Kind.DASHBOARD, "/dashboards/", _("Dashboard")),
        ):
            items, _total = listing.items_list(
                principal, kind, ItemQuery.model_validate({"q": query, "perPage": _EACH})
            )
            rows += [{"label": i["name"], "path": f"{place}{i['id']}", "note": note} for i in items]
    if principal.role in ADMINS:
        people, _total = people_list(
            principal, PeopleQuery.model_validate({"q": query, "perPage": _EACH})
        )
        rows += [
            {"label": p["name"], "path": f"/people/{p['id']}", "note": role_label(p["role"])}
            for p in people
        ]
    return rows
