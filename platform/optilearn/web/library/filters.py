"""Filters and orders of lists of saved items, as they stand in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.list_facts import (
    ListFacts,
    entity_options,
    list_facts,
    owners_of,
    tags_of,
)
from optilearn.analytics.saved.schemas.items import ItemQuery
from optilearn.core.access.policies import ADMINS
from optilearn.core.access.roles import Role
from optilearn.web.library.items import number_in
from optilearn.web.library.words import chart_name, role_names, visibility_names
from optilearn.web.pages import WebRequest
from optilearn.web.tables import link_with, page_number, pager

PER_PAGE: Final = 25
_ORDERS: Final = ("name", "-name", "newest", "lastRun", "owner")
_VISIBILITIES: Final = ("PRIVATE", "INSTITUTION", "ROLE")
_NARROWING: Final = {
    *("q", "visibility", "tag", "entity", "favorite", "mine", "owner_id", "orphaned", "broken"),
}


def item_query(request: HttpRequest) -> ItemQuery:
    """Read the filters of a list; a value that isn't one is no filter."""
    get = request.GET
    order = get.get("order", "name")
    asked: dict[str, Any] = {
        "page": page_number(request),
        "per_page": PER_PAGE,
        "order": order if order in _ORDERS else "name",
    }
    if get.get("q", "").strip():
        asked["q"] = get["q"].strip()[:200]
    if get.get("tag", "").strip():
        asked["tag"] = get["tag"][:64]
    if get.get("entity", "").strip():
        asked["entity"] = get["entity"][:100]
    if get.get("visibility") in _VISIBILITIES:
        asked["visibility"] = get["visibility"]
    if owner_id := number_in(get.get("owner")):
        asked["owner_id"] = owner_id
    if get.get("broken") == "1":
        asked["broken"] = True
    whose = get.get("whose", "")
    if whose == "favorite":
        asked["favorite"] = True
    elif whose == "mine":
        asked["mine"] = True
    elif whose == "orphaned":
        asked["orphaned"] = True
    return ItemQuery(**asked)


def list_context(
    request: WebRequest, query: ItemQuery, rows: Sequence[dict[str, Any]], total: int
) -> dict[str, Any]:
    """The values that the search form, the rows and the pager show."""
    facts = list_facts(request.principal, [row["id"] for row in rows])
    return {
        "wide": True,
        "rows": [_shown(request, row, facts.get(row["id"], ListFacts())) for row in rows],
        "total": total,
        "columns": _columns(request, query.order),
        "pager": pager(request, total=total, page=query.page, per_page=PER_PAGE),
        "query": query,
        "whose": request.GET.get("whose", ""),
        "is_narrowed": bool(query.model_fields_set & _NARROWING),
        "back": request.get_full_path(),
        "is_admin": request.principal.role in ADMINS,
    }


def search_options(request: WebRequest, kind: Kind) -> dict[str, Any]:
    """The values that the search form offers."""
    return {
        "entities": entity_options() if kind == Kind.REPORT else [],
        "tags": tags_of(request.principal, kind),
        "owners": owners_of(request.principal, kind),
        "visibilities": list(visibility_names().items()),
    }


def _shown(request: WebRequest, row: dict[str, Any], facts: ListFacts) -> dict[str, Any]:
    published = row["publishedVersion"]
    roles = role_names()
    return row | {
        "facts": facts,
        "chart": chart_name(facts.chart),
        "isDraft": published is None,
        "hasChanges": row["mayEdit"] and published is not None and row["version"] > published,
        "reach": visibility_names()[row["visibility"]],
        "roleNames": ", ".join(roles.get(role, role) for role in row["roles"]),
        "isOwn": row["owner"] is not None and row["owner"]["id"] == request.principal.person_id,
        "mayGive": row["mayEdit"] or request.principal.role in ADMINS,
        "tagLinks": [(tag, link_with(request, tag=tag, page=None)) for tag in row["tags"]],
    }


def _columns(request: HttpRequest, order: str) -> list[dict[str, Any]]:
    """The headings as ``components/headings.html`` draws them; some have one direction only."""
    name = {"name": "ascending", "-name": "descending"}.get(order, "")
    return [
        _column(request, _("Name"), "-name" if name == "ascending" else "name", name),
        _column(request, _("Owner"), "owner", "ascending" if order == "owner" else ""),
        _column(request, _("Last opened"), "lastRun", "descending" if order == "lastRun" else ""),
        _column(request, _("Changed"), "newest", "descending" if order == "newest" else ""),
        {"label": _("Schedules"), "is_number": True, "state": "", "href": ""},
    ]


def _column(request: HttpRequest, label: str, order: str, state: str) -> dict[str, Any]:
    href = link_with(request, order=order, page=None)
    return {"label": label, "is_number": False, "state": state, "href": href}


def roles_to_share_with() -> list[tuple[str, str]]:
    """The roles of the institution, with their names."""
    names = role_names()
    return [(role.value, names[role.value]) for role in Role]
