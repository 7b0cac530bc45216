"""Versions of saved items: reads for their editors, and the conflict of two of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.models import SavedVersion
from optilearn.analytics.saved.differences import Change, differences
from optilearn.analytics.saved.selectors import (
    CONTENT,
    ItemRow,
    editable_item,
    version_content,
)
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.envelope import encode
from optilearn.core.http.pages import PageQuery
from optilearn.core.jsontext import read_json

Row = dict[str, Any]


def versions_list(principal: Principal, item_id: int, query: PageQuery) -> tuple[list[Row], int]:
    """A page of an item's versions, the newest first, and the number of all. Three queries.

    Raises ``AppError``: NOT_FOUND, and FORBIDDEN for who may only read the item.
    """
    item = editable_item(principal, item_id)
    versions = SavedVersion.objects.filter(item_id=item_id)
    rows = versions.order_by("-number").values(
        "number", "author_id", "author__name", "at", "note", "name"
    )
    return [_row(row, item) for row in rows[query.window]], versions.count()


def version_detail(principal: Principal, item_id: int, number: int) -> Row:
    """A version with its content. Raises ``AppError``: NOT_FOUND, FORBIDDEN."""
    item = editable_item(principal, item_id)
    return _detail(item, number)


def version_diff(principal: Principal, item_id: int, before: int, after: int) -> Row:
    """The differences between two versions, in the reader's language.

    Raises ``AppError``: NOT_FOUND, FORBIDDEN.
    """
    editable_item(principal, item_id)
    changes = _changes(item_id, before, after)
    return {"before": before, "after": after, "changes": [c.to_wire() for c in changes]}


def conflict(item: ItemRow, based_on: int) -> AppError:
    """The refusal of a save that was made from ``based_on``, which isn't the newest version.

    It carries the newest version, and what the other editor changed.
    """
    newest = _detail(item, item.version)
    message = _("{author} saved version {number} in the meantime.").format(
        author=(newest["author"] or {}).get("name") or _("Somebody"), number=item.version
    )
    try:
        changes = [c.to_wire() for c in _changes(item.id, based_on, item.version)]
    except AppError:  # a version that never was
        changes = []
    problem = {
        "path": "/basedOn",
        "code": "NEWER_VERSION",
        "message": message,
        "hint": _("Put your changes into the newest version and save it."),
        # As JSON has it: details hold no times.
        "newest": read_json(encode(newest)),
        "changes": changes,
    }
    return AppError(ErrorCode.CONFLICT, message, [problem])


def _changes(item_id: int, before: int, after: int) -> list[Change]:
    old, new = version_content(item_id, before), version_content(item_id, after)
    return differences(old, new, current_catalog())


def _detail(item: ItemRow, number: int) -> Row:
    rows = SavedVersion.objects.filter(item_id=item.id, number=number).values(
        "number", "author_id", "author__name", "at", "note", *CONTENT
    )
    found = rows.first()
    if found is None:
        raise not_found()
    return _row(found, item) | {name: found[name] for name in CONTENT}


def _row(row: Mapping[str, Any], item: ItemRow) -> Row:
    author = None
    if row["author_id"] is not None:
        author = {"id": row["author_id"], "name": row["author__name"]}
    return {
        "number": row["number"],
        "author": author,
        "at": row["at"],
        "note": row["note"],
        "name": row["name"],
        "isPublished": row["number"] == item.published_version,
    }
