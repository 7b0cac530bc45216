"""The impact of withdrawing a field, a metric or an attribute: everything that uses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.db.models import F

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.models import SavedItem, SavedVersion
from optilearn.analytics.saved.content import definitions_of
from optilearn.analytics.saved.policies import readable_by
from optilearn.analytics.saved.uses import Use, foreign_definitions, uses_of_all
from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from reports import api as reports
from reports.api import Catalog

Row = dict[str, Any]
ASKERS: Final = ADMINS | {Role.ANALYST}


def impact_of(principal: Principal, path: str) -> Row:
    """List the uses of ``path``: ``entity.field``, ``entity.metric`` or ``attributes.key``.

    Items that the principal may not read are only counted. What uses an item that uses it
    (schedules, alerts, dashboards) is listed too. A few queries, however many items there are.
    Raises ``AppError`` FORBIDDEN.
    """
    require(principal, ASKERS)
    catalog = current_catalog()
    readable = set(SavedItem.objects.filter(readable_by(principal)).values_list("pk", flat=True))
    items = list(_items(path, catalog))
    known = [(item, places) for item, places in items if item["id"] in readable]
    hidden = {item["id"] for item, _places in items} - readable
    uses = uses_of_all([item["id"] for item, _places in known], principal)
    found: list[Row] = []
    for item, places in known:
        found.append({**item, "places": places, "via": None})
        if not item["isDraft"]:
            found += [_via(use, item["id"]) for use in uses[item["id"]]]
    for use, definition in foreign_definitions():
        if _uses(definition, path, catalog):
            seen = use.seen_by(principal)
            found.append(
                seen.to_wire() | {"places": ["/definition"], "isDraft": False, "via": None}
            )
    return {"path": path, "uses": found, "hidden": len(hidden)}


def _items(path: str, catalog: Catalog) -> Iterator[tuple[Row, list[str]]]:
    """Items that use it in what readers see, then those that do so in a draft only."""
    published = SavedItem.objects.order_by("id").values("id", "kind", "name", "body")
    drafts = SavedVersion.objects.filter(
        number=F("item__version"), item__published_version__lt=F("number")
    )
    values = {"kind": F("item__kind")}
    seen = set()
    for row in published.iterator():
        places = _places(row["body"], path, catalog)
        if places:
            seen.add(row["id"])
            yield _row(row, is_draft=False), places
    for draft in drafts.order_by("item_id").values("item_id", "name", "body", **values).iterator():
        places = _places(draft["body"], path, catalog)
        if places and draft["item_id"] not in seen:
            yield _row({**draft, "id": draft["item_id"]}, is_draft=True), places


def _row(row: Mapping[str, Any], *, is_draft: bool) -> Row:
    return {"kind": row["kind"], "id": row["id"], "name": row["name"], "isDraft": is_draft}


def _via(use: Use, item_id: int) -> Row:
    return use.to_wire() | {"places": [], "isDraft": False, "via": item_id}


def _places(body: Mapping[str, Any], path: str, catalog: Catalog) -> list[str]:
    return [place for place, one in definitions_of(body) if _uses(one, path, catalog)]


def _uses(definition: Mapping[str, Any], path: str, catalog: Catalog) -> bool:
    names = reports.names_used(definition, catalog)
    return path in names or any(name.endswith(f".{path}") for name in names)
