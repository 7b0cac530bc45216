"""The component page of development: each component in each of its states."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from optilearn.core.clock import now
from optilearn.web.icons import ICONS
from optilearn.web.pages import show
from optilearn.web.tables import Heading, headings, pager


def page_of_components(request: HttpRequest) -> HttpResponse:
    """Show all of them; a person or a browser test looks."""
    columns = [Heading("Course", "course"), Heading("Learners", "learners", is_number=True)]
    context = {
        "icons": sorted(ICONS),
        "pager": pager(request, total=1_234, page=4),
        "headings": headings(request, columns, request.GET.get("order", "course")),
        "moment": now(),
        "texts": {},
    }
    return show(request, "web/account/components.html", context)
