"""Saved items as documents: one canonical JSON object each, the same in every institution.

A document names itself, and the reports on its tiles, by keys, never by ids. Written twice it has
the same bytes, so that a folder of them is kept in a version control system.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from optilearn.analytics.models import SavedItem
from optilearn.analytics.saved.policies import readable_by
from optilearn.core.access.principal import Principal

Document = dict[str, Any]

FORMAT: Final = 1
"""Incremented when the form of documents changes."""


def documents_of(principal: Principal, ids: Collection[int] | None = None) -> list[Document]:
    """The items that the principal may read, as readers see them, by key: all, or these.

    Two queries. Ids that the principal may not read are left out.
    """
    items = SavedItem.objects.filter(readable_by(principal))
    if ids is not None:
        items = items.filter(pk__in=ids)
    rows = list(
        items.values(
            "id", "key", "kind", "name", "description", "tags", "visibility", "roles", "body",
            "published_version",
        )
    )  # fmt: skip
    keys = _keys_of(principal, [row["body"] for row in rows])
    return sorted((_document(row, keys) for row in rows), key=lambda one: str(one["key"]))


def text_of(document: Mapping[str, Any]) -> str:
    """The document as a file has it."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _document(row: Mapping[str, Any], keys: Mapping[int, str]) -> Document:
    return {
        "format": FORMAT,
        "key": str(row["key"]),
        "kind": row["kind"],
        "name": row["name"],
        "description": row["description"],
        "tags": row["tags"],
        "visibility": row["visibility"],
        "roles": sorted(row["roles"]),
        "isPublished": row["published_version"] is not None,
        "body": with_keys(row["body"], keys),
    }


def with_keys(body: Mapping[str, Any], keys: Mapping[int, str]) -> Document:
    """The body with the keys of the saved reports on its tiles; one without a key has none."""
    found = dict(body)
    if "tiles" in body:
        found["tiles"] = [_renamed(t, "savedItemId", "savedItemKey", keys) for t in body["tiles"]]
    return found


def with_ids(body: Mapping[str, Any], ids: Mapping[str, int]) -> Document:
    """The opposite of :func:`with_keys`."""
    found = dict(body)
    if "tiles" in body:
        found["tiles"] = [_renamed(t, "savedItemKey", "savedItemId", ids) for t in body["tiles"]]
    return found


def _renamed(
    tile: Mapping[str, Any], old: str, new: str, names: Mapping[Any, Any]
) -> dict[str, Any]:
    rest = {name: part for name, part in tile.items() if name != old}
    return rest | ({new: names[tile[old]]} if tile.get(old) in names else {})


def _keys_of(principal: Principal, bodies: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    ids = [
        tile["savedItemId"]
        for body in bodies
        for tile in body.get("tiles", ())
        if "savedItemId" in tile
    ]
    rows = SavedItem.objects.filter(readable_by(principal), pk__in=ids).values_list("id", "key")
    return {pk: str(key) for pk, key in rows}


def ids_of(principal: Principal, keys: Collection[str]) -> dict[str, int]:
    """The ids of the items with these keys that the principal may read."""
    wanted = [UUID(key) for key in keys]
    rows = SavedItem.objects.filter(readable_by(principal), key__in=wanted)
    return {str(key): pk for key, pk in rows.values_list("key", "id")}
