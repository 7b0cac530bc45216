"""Reads of saved items."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.models import Favorite, SavedItem, SavedVersion
from optilearn.analytics.saved.content import problems_of
from optilearn.analytics.saved.policies import READABLE, may_edit, reader
from optilearn.core import sql
from optilearn.core.access.policies import not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.sql import compose
from optilearn.people.rules import PEOPLE

Row = dict[str, Any]
CONTENT: Final = ("name", "description", "tags", "body")
"""The columns that items and versions share."""


@dataclass(frozen=True)
class ItemRow:
    """A saved item as its readers see it."""

    id: int
    key: UUID
    kind: str
    name: str
    description: str
    tags: list[str]
    entity: str
    body: Mapping[str, Any]
    owner_id: int | None
    owner_name: str | None
    owner_status: str | None
    visibility: str
    roles: list[str]
    version: int
    published_version: int | None
    created_at: datetime
    updated_at: datetime
    last_run_at: datetime | None

    @property
    def is_orphan(self) -> bool:
        """True if the owner was erased or deactivated."""
        return self.owner_status != "ACTIVE"


_OF_OWNER: Final = {"owner_name": "p.name", "owner_status": "p.status"}
_COLUMNS: Final = [f"{_OF_OWNER.get(f.name, f'i.{f.name}')} AS {f.name}" for f in fields(ItemRow)]
_ITEM: Final = compose(
    "SELECT <columns> FROM analytics_saveditem i LEFT <people>"
    " WHERE i.id = ANY (%(items)s::bigint[]) AND i.kind = ANY (%(kinds)s::text[]) AND <readable>",
    columns=", ".join(_COLUMNS),
    people=PEOPLE.joined("p", "i.owner_id"),
    readable=READABLE,
)
"""As the ORM would ask it, without the 1.2 ms that it takes to put that together: this stands
before every answer of a saved report."""


def readable_item(principal: Principal, item_id: int, *kinds: SavedItem.Kind) -> ItemRow:
    """Return an item of one of the kinds (none given: of any) that the principal may read.

    One query. Raises ``AppError`` NOT_FOUND: absent and not readable are the same.
    """
    found = readable_items(principal, [item_id], *kinds)
    if not found:
        raise not_found()
    return found[item_id]


def readable_items(
    principal: Principal, item_ids: Collection[int], *kinds: SavedItem.Kind
) -> dict[int, ItemRow]:
    """Return those of the items that the principal may read, by their ids. One query."""
    wanted = [kind.value for kind in kinds or SavedItem.Kind]
    asked = {"items": list(item_ids), "kinds": wanted}
    return {row["id"]: ItemRow(**row) for row in sql.rows(_ITEM, reader(principal) | asked)}


def is_editor(principal: Principal, item: ItemRow) -> bool:
    """Return True if the principal sees the drafts of the item and saves new ones."""
    return may_edit(principal, item, is_orphan=item.is_orphan)


def editable_item(principal: Principal, item_id: int, *kinds: SavedItem.Kind) -> ItemRow:
    """Return an item that the principal may change.

    Raises ``AppError``: NOT_FOUND, and FORBIDDEN for who may only read it.
    """
    item = readable_item(principal, item_id, *kinds)
    refuse_unless(is_editor(principal, item))
    return item


def item_detail(principal: Principal, item_id: int, *kinds: SavedItem.Kind) -> Row:
    """An item with its content and what is wrong with it: editors get the newest draft.

    Up to three queries and one for the catalog. Raises ``AppError`` NOT_FOUND.
    """
    item = readable_item(principal, item_id, *kinds)
    content: Mapping[str, Any] = {name: getattr(item, name) for name in CONTENT}
    has_draft = item.published_version not in {None, item.version}
    if has_draft and is_editor(principal, item):
        content = version_content(item_id, item.version)
    favorites = Favorite.objects.filter(person_id=principal.person_id, item_id=item_id)
    row = item_row(principal, item, is_favorite=favorites.exists())
    problems = problems_of(principal, item.kind, content["body"], current_catalog())
    texts = {name: content[name] for name in ("name", "description", "tags")}
    return row | texts | dict(content["body"]) | {"problems": problems}


ROW_KEYS: Final = (
    "id", "key", "kind", "name", "description", "tags", "entity", "visibility", "roles", "owner",
    "version", "publishedVersion", "isFavorite", "mayEdit", "createdAt", "updatedAt", "lastRunAt",
)  # fmt: skip
"""The names of :func:`item_row`."""


def version_content(item_id: int, number: int) -> Row:
    """The content that one save wrote. Raises ``AppError`` NOT_FOUND."""
    found = SavedVersion.objects.filter(item_id=item_id, number=number).values(*CONTENT).first()
    if found is None:
        raise not_found()
    return dict(found)


def item_row(principal: Principal, item: ItemRow, *, is_favorite: bool) -> Row:
    """An item on the wire, without its body."""
    may = is_editor(principal, item)
    owner = None
    if item.owner_id is not None:
        is_active = item.owner_status == "ACTIVE"
        owner = {"id": item.owner_id, "name": item.owner_name, "isActive": is_active}
    return {
        "id": item.id,
        "key": item.key,
        "kind": item.kind,
        "name": item.name,
        "description": item.description,
        "tags": item.tags,
        "entity": item.entity,
        "visibility": item.visibility,
        "roles": item.roles,
        "owner": owner,
        "version": item.version if may else item.published_version,
        "publishedVersion": item.published_version,
        "isFavorite": is_favorite,
        "mayEdit": may,
        "createdAt": item.created_at,
        "updatedAt": item.updated_at,
        "lastRunAt": item.last_run_at,
    }
