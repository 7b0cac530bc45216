"""The pages of documents."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from optilearn.core.access.policies import not_found
from optilearn.web.help.chapters import GROUPS, IMAGES, chapter, search
from optilearn.web.pages import WebRequest, page, show

SCHEMAS: Final = ("openapi.json", "report.schema.json", "catalogue.schema.json")
_IMAGE: Final = re.compile(r"[A-Za-z0-9_-]{1,80}\.(png|webp|svg)")


@require_safe
@page
def index(request: WebRequest) -> HttpResponse:
    """The chapters, or what a search in them found."""
    query = request.GET.get("q", "")[:100]
    context = {"nav": "help", "q": query, "hits": search(query), "groups": _groups("")}
    return show(request, "web/help/index.html", context, partial="web/help/_hits.html")


@require_safe
@page
def read(request: WebRequest, name: str) -> HttpResponse:
    """One chapter, or one of the schemas that chapters link to."""
    if name in SCHEMAS:
        path = Path(settings.DOCS_DIR) / name
        return HttpResponse(path.read_bytes(), content_type="application/json")
    found = chapter(name)
    if found is None:
        raise not_found()
    context: dict[str, Any] = {"nav": "help", "found": found, "groups": _groups(name)}
    return show(request, "web/help/chapter.html", context)


@require_safe
@page
def image(request: WebRequest, name: str) -> HttpResponse:
    """A picture of a chapter."""
    path = Path(settings.DOCS_DIR) / IMAGES / name
    if not _IMAGE.fullmatch(name) or not path.is_file():
        raise not_found()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = HttpResponse(path.read_bytes(), content_type=kind)
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _groups(active: str) -> list[dict[str, Any]]:
    found = []
    for label, names in GROUPS:
        chapters = [c for c in map(chapter, names) if c is not None]
        links = [{"title": c.title, "name": c.name, "here": c.name == active} for c in chapters]
        found.append({"label": label, "links": links})
    return found
