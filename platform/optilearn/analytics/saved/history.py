"""The versions of an item with what each of them changed, in words."""

from __future__ import annotations

from typing import Any

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.models import SavedVersion
from optilearn.analytics.saved.differences import differences
from optilearn.analytics.saved.selectors import CONTENT, editable_item
from optilearn.core.access.principal import Principal
from optilearn.core.http.pages import PageQuery

Row = dict[str, Any]


def versions_with_changes(
    principal: Principal, item_id: int, query: PageQuery
) -> tuple[list[Row], int]:
    """A page of an item's versions, the newest first, and the number of all. Three queries.

    Each is ``{number, author, at, note, name, isPublished, isNewest, changes}``; ``changes`` are
    the differences from the version before in the reader's language, None of the first one.
    Raises ``AppError``: NOT_FOUND, and FORBIDDEN for who may only read the item.
    """
    item = editable_item(principal, item_id)
    versions = SavedVersion.objects.filter(item_id=item_id)
    window = query.window
    columns = ("number", "author__name", "at", "note", *CONTENT)
    rows = list(versions.order_by("-number").values(*columns)[window.start : window.stop + 1])
    catalog = current_catalog()
    found = []
    for place, row in enumerate(rows[: query.per_page]):
        before = rows[place + 1] if place + 1 < len(rows) else None
        changes = None if before is None else differences(before, row, catalog)
        found.append(
            {
                "number": row["number"],
                "author": row["author__name"],
                "at": row["at"],
                "note": row["note"],
                "name": row["name"],
                "isPublished": row["number"] == item.published_version,
                "isNewest": row["number"] == item.version,
                "changes": changes,
            }
        )
    return found, versions.count()
