"""The list of saved reports, and the gallery of templates."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.list_facts import entity_options
from optilearn.analytics.saved.listing import items_list
from optilearn.analytics.saved.templates import template_gallery
from optilearn.core.access.policies import STAFF
from optilearn.core.text import words_of
from optilearn.web.library.filters import item_query, list_context, search_options
from optilearn.web.library.words import audience_names, chart_name
from optilearn.web.pages import WebRequest, is_part, page, show


@page(roles=STAFF)
def report_list(request: WebRequest) -> HttpResponse:
    """List the reports that the reader may read, searched and filtered by the address."""
    query = item_query(request)
    rows, total = items_list(request.principal, Kind.REPORT, query)
    context = list_context(request, query, rows, total) | {
        "nav": "reports",
        "chapter": "saved-reports",
        "texts": {"selected": _("{n} selected"), "select": _("Select {name}")},
    }
    if not is_part(request):
        context |= search_options(request, Kind.REPORT)
    return show(request, "web/library/list.html", context, partial="web/library/_list.html")


@page(roles=STAFF)
def templates(request: WebRequest) -> HttpResponse:
    """Show the reports that are ready to be used, by subject."""
    audience = request.GET.get("for", "")
    names = audience_names()
    known = audience if audience in {*names, "all"} else ""
    subjects = dict(entity_options())
    words = [word.casefold() for word in words_of(request.GET.get("q", "")[:200])]
    found = [
        one | {"subject": subjects.get(one["entity"], one["entity"])}
        for one in template_gallery(request.principal, known)
    ]
    shown = [one for one in found if _matches(one, words)]
    subject = request.GET.get("subject", "")
    if subject in subjects:
        shown = [one for one in shown if one["entity"] == subject]
    context = {
        "nav": "reports",
        "chapter": "saved-reports",
        "groups": _by_subject(shown),
        "total": len(shown),
        "subjects": sorted({(one["entity"], one["subject"]) for one in found}, key=lambda s: s[1]),
        "subject": subject,
        "audiences": list(names.items()),
        "audience": known,
        "q": request.GET.get("q", ""),
    }
    return show(
        request, "web/library/templates.html", context, partial="web/library/_templates.html"
    )


def _matches(one: dict[str, Any], words: list[str]) -> bool:
    text = f"{one['title']} {one['description']} {one['subject']}".casefold()
    return all(word in text for word in words)


def _by_subject(found: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        chart = one["definition"].get("chart") or {}
        shown = one | {"chart": chart_name(str(chart.get("type", "")))}
        groups.setdefault(one["subject"], []).append(shown)
    return sorted(groups.items())
