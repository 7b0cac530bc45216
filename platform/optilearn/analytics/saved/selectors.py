"""Reads of saved items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from optilearn.analytics.models import SavedItem
from optilearn.analytics.saved.policies import readable_by
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal


@dataclass(frozen=True)
class ItemRow:
    """A saved item as its readers see it."""

    id: int
    kind: str
    name: str
    description: str
    body: Mapping[str, Any]
    owner_id: int | None
    visibility: str
    roles: list[str]
    version: int
    published_version: int | None


_COLUMNS = tuple(field.name for field in fields(ItemRow))


def readable_item(principal: Principal, item_id: int, *kinds: SavedItem.Kind) -> ItemRow:
    """Return an item of one of the kinds (none given: of any) that the principal may read.

    One query. Raises ``AppError`` NOT_FOUND: absent and not readable are the same.
    """
    items = SavedItem.objects.filter(readable_by(principal), pk=item_id)
    if kinds:
        items = items.filter(kind__in=kinds)
    found = items.values(*_COLUMNS).first()
    if found is None:
        raise not_found()
    return ItemRow(**found)
