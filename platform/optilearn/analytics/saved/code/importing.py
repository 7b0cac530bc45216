"""Importing documents of saved items: a plan first, then all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.models import SavedItem
from optilearn.analytics.saved.code.documents import documents_of, ids_of, with_ids
from optilearn.analytics.saved.content import Content
from optilearn.analytics.saved.differences import differences
from optilearn.analytics.saved.selectors import ItemRow, is_editor, readable_items
from optilearn.analytics.saved.services import (
    Save,
    Sharing,
    create_item,
    save_item,
    share_item,
)
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from reports.api import Catalog

Document = Mapping[str, Any]
_ORDER: Final = {"REPORT": 0, "QUERY": 1, "DASHBOARD": 2}
"""Reports first: dashboards have them as tiles."""


@dataclass(frozen=True)
class Step:
    """The outcome for one document: CREATE, UPDATE, SAME or REFUSED, and what differs."""

    document: Document
    action: str
    item: ItemRow | None = None
    changes: tuple[str, ...] = ()
    problems: list[dict[str, str]] = field(default_factory=list)

    def to_wire(self) -> dict[str, Any]:
        """The step as the API answers it."""
        return {
            "key": self.document["key"],
            "kind": self.document["kind"],
            "name": self.document["name"],
            "action": self.action,
            "changes": list(self.changes),
            "problems": self.problems,
        }


def plan_import(principal: Principal, documents: Sequence[Document]) -> list[Step]:
    """The steps of an import, in the order in which they would be done. Nothing is written.

    Seven queries, however many documents there are.
    """
    catalog = current_catalog()
    ordered = sorted(documents, key=lambda one: (_ORDER[one["kind"]], one["key"]))
    keys = [one["key"] for one in ordered]
    ids = ids_of(principal, keys)
    there = set(SavedItem.objects.filter(key__in=keys).values_list("key", flat=True))
    items = readable_items(principal, ids.values())
    current = {one["key"]: one for one in documents_of(principal, ids.values())}
    known = ids_of(principal, _tile_keys(ordered)) | dict.fromkeys(keys, 0)
    steps = []
    seen: set[str] = set()
    for document in ordered:
        key = document["key"]
        problems = _problems(document, known, is_twice=key in seen)
        seen.add(key)
        item = items.get(ids.get(key, 0))
        if item is not None and key in current:
            step = _change(principal, document, item, problems)
            is_update = step.action == "UPDATE"
            steps.append(_compared(step, current[key], catalog) if is_update else step)
        elif UUID(key) in there:
            steps.append(Step(document, "REFUSED", problems=[_foreign()]))
        else:
            steps.append(Step(document, "REFUSED" if problems else "CREATE", problems=problems))
    return steps


@transaction.atomic
def import_documents(
    *, principal: Principal, documents: Sequence[Document], dry_run: bool
) -> list[Step]:
    """Create and change items by their documents: all of them or none.

    With ``dry_run`` the steps are returned and nothing is written. Raises ``AppError``: CONFLICT
    with the problems if a step is refused; FORBIDDEN; REPORT_INVALID if what is published can't be
    run.
    """
    steps = plan_import(principal, documents)
    if dry_run:
        return steps
    refused = [step for step in steps if step.action == "REFUSED"]
    if refused:
        message = _("Nothing was imported: {count} documents are refused.")
        details = [problem for step in refused for problem in step.problems]
        raise AppError(ErrorCode.CONFLICT, message.format(count=len(refused)), details)
    for step in steps:
        _take(principal, step)
    return steps


def _change(
    principal: Principal,
    document: Document,
    item: ItemRow,
    problems: list[dict[str, str]],
) -> Step:
    """The step of a document that is there already, as if it differed."""
    if not is_editor(principal, item) or item.kind != document["kind"]:
        return Step(document, "REFUSED", item, problems=[_foreign()])
    if problems:
        return Step(document, "REFUSED", item, problems=problems)
    return Step(document, "UPDATE", item)


def _compared(step: Step, current: Document, catalog: Catalog) -> Step:
    """The step with what it would change."""
    document = step.document
    changes = [one.text for one in differences(current, document, catalog)]
    changes += [
        f"{name}: {current[name]} → {document[name]}"
        for name in ("visibility", "roles")
        if current[name] != document[name]
    ]
    if document["isPublished"] and not current["isPublished"]:
        changes.append(_("It is published."))
    return replace(step, action="UPDATE" if changes else "SAME", changes=tuple(changes))


def _take(principal: Principal, step: Step) -> None:
    if step.action == "SAME":
        return
    document, item = step.document, step.item
    body = with_ids(document["body"], ids_of(principal, _tile_keys([document])))
    content = Content(document["name"], document["description"], document["tags"], body)
    sharing = Sharing(document["visibility"], document["roles"])
    kind = SavedItem.Kind(document["kind"])
    publish = document["isPublished"]
    if item is None:
        create_item(
            principal=principal,
            kind=kind,
            content=content,
            sharing=sharing,
            publish=publish,
            key=UUID(document["key"]),
        )
        return
    share_item(principal=principal, item_id=item.id, sharing=sharing)
    save = Save(item.version, _("Imported"), publish)
    save_item(principal=principal, item_id=item.id, kind=kind, content=content, save=save)


def _problems(
    document: Document, known: Mapping[str, int], *, is_twice: bool
) -> list[dict[str, str]]:
    found = [
        _problem(_("There is no saved report with the key {key}.").format(key=key))
        for key in _tile_keys([document])
        if key not in known
    ]
    if is_twice:
        found.append(_problem(_("{name} is there twice.").format(name=document["key"])))
    return found


def _tile_keys(documents: Sequence[Document]) -> list[str]:
    return [
        tile["savedItemKey"]
        for document in documents
        for tile in document["body"].get("tiles", ())
        if "savedItemKey" in tile
    ]


def _foreign() -> dict[str, str]:
    return _problem(_("An item with this key is there already, and isn't yours to change."))


def _problem(message: str) -> dict[str, str]:
    return {"path": "/items", "code": "REFUSED", "message": message, "hint": ""}
