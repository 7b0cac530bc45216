"""The builder, and reading a saved report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse

from optilearn.analytics.presenting.choosing import choices, entities
from optilearn.analytics.saved import selectors, templates
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.snapshot_history import DATA_READERS, snapshots_list
from optilearn.core.access.policies import refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.http.envelope import answer
from optilearn.core.http.pages import PageQuery
from optilearn.web import formatting
from optilearn.web.builder.texts import texts
from optilearn.web.library.words import role_names, visibility_names
from optilearn.web.navigation import READERS, SENDERS
from optilearn.web.pages import WebRequest, page, show

FORMATS: Final = (
    ("xlsx", "Excel"),
    ("csv", "CSV"),
    ("pdf", "PDF"),
    ("parquet", "Parquet"),
    ("arrow", "Arrow"),
    ("json", "JSON"),
)
ICONS: Final = ("close", "plus", "filter", "left", "right")
"""The icons that scripts draw."""
_FIRST: Final = "enrollments"
"""The entity that a new report starts from."""
_TEMPLATES: Final = 6
"""Templates on the page of a new report; the library has all."""


_ASKED: Final = ("measures", "dimensions", "time", "columns")
"""With any of these a definition has an answer, which the page leaves room for."""
_SNAPSHOTS: Final = 20
"""Snapshots that a comparison offers by name."""


@page(roles=READERS)
def new_report(request: WebRequest) -> HttpResponse:
    """A question of one's own: blank, of an entity, or of a template."""
    known = entities()
    wanted = request.GET.get("entity", "")
    keys = [entity["key"] for entity in known]
    first = _FIRST if _FIRST in keys else keys[0]
    definition: Mapping[str, Any] = _blank(wanted if wanted in keys else first)
    item = None
    gallery = templates.template_gallery(request.principal, "all")
    chosen = next((t for t in gallery if t["key"] == request.GET.get("template")), None)
    if chosen is not None:
        definition = chosen["definition"]
        item = _unsaved(chosen)
    return _builder(request, definition, item, known)


@page(roles=READERS)
def edit_report(request: WebRequest, item_id: int) -> HttpResponse:
    """The builder with the newest draft of a report. Refused to who may only read it."""
    found = selectors.item_detail(request.principal, item_id, Kind.REPORT)
    refuse_unless(found["mayEdit"])
    return _builder(request, found["definition"], _item(found), entities())


@page(roles=READERS)
def read_report(request: WebRequest, item_id: int) -> HttpResponse:
    """A report as its readers see it, narrowed by the filters that its author opened."""
    found = selectors.readable_item(request.principal, item_id, Kind.REPORT)
    body = found.body
    data = {
        "item": {
            "id": found.id,
            "name": found.name,
            "readerFilters": list(body.get("readerFilters") or ()),
            "display": body.get("display", {}),
        },
        "definition": body["definition"],
    }
    may_edit = selectors.is_editor(request.principal, found)
    context = _shared(request.principal) | {
        "item": found,
        "may_edit": may_edit,
        "has_draft": may_edit and found.published_version not in {None, found.version},
        "is_draft": found.published_version is None,
        "has_filters": bool(data["item"]["readerFilters"]),
        "is_asking": True,
        "definition_json": json.dumps(body["definition"], ensure_ascii=False),
        "definition_text": _indented(body["definition"]),
        "data": data,
    }
    return show(request, "web/builder/read.html", context)


@page(roles=READERS)
def report_choices(request: WebRequest, entity: str) -> HttpResponse:
    """Everything that a report of an entity may name."""
    return answer(choices(entity))


def _builder(
    request: WebRequest,
    definition: Mapping[str, Any],
    item: Mapping[str, Any] | None,
    known: list[dict[str, Any]],
) -> HttpResponse:
    ready = templates.templates(request.principal)
    data = {
        "item": item,
        "definition": definition,
        "templates": ready[:_TEMPLATES],
        "snapshots": _snapshots(request.principal),
    }
    context = _shared(request.principal) | {
        "item": item,
        "entities": known,
        "ready": ready[:_TEMPLATES],
        "definition": definition,
        "is_asking": "q" in request.GET or any(map(definition.get, _ASKED)),
        "visibilities": list(visibility_names().items()),
        "roles": list(role_names().items()),
        "definition_text": _indented(definition),
        "data": data,
    }
    return show(request, "web/builder/builder.html", context)


def _snapshots(principal: Principal) -> list[dict[str, str]]:
    """The newest snapshots, for those who may know of them; others compare with a day."""
    if principal.role not in DATA_READERS:
        return []
    rows, _total = snapshots_list(principal, PageQuery(page=1, per_page=_SNAPSHOTS), "PUBLISHED")
    return [{"value": row["id"], "label": formatting.instant(row["takenAt"])} for row in rows]


def _shared(principal: Principal) -> dict[str, Any]:
    return {
        "nav": "reports",
        "chapter": "saved-reports",
        "wide": True,
        "texts": texts(),
        "formats": FORMATS,
        "icons": ICONS,
        "may_send": principal.role in SENDERS,
    }


def _indented(definition: Mapping[str, Any]) -> str:
    return json.dumps(definition, indent=2, ensure_ascii=False)


def _blank(entity: str) -> dict[str, Any]:
    return {
        "version": 1,
        "entity": entity,
        "mode": "categorical",
        "dimensions": [],
        "measures": [],
    }


def _unsaved(template: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": None,
        "name": template["title"],
        "description": template["description"],
        "tags": [],
        "readerFilters": template["readerFilters"],
        "display": {},
        "visibility": "PRIVATE",
        "roles": [],
        "version": 0,
        "publishedVersion": None,
    }


def _item(found: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "id",
        "name",
        "description",
        "tags",
        "readerFilters",
        "visibility",
        "roles",
        "version",
        "publishedVersion",
    )
    return {name: found[name] for name in names} | {"display": found.get("display", {})}
