"""Lists of saved items: searched, filtered, in pages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final

from django.db.models import BooleanField, Exists, F, OuterRef, QuerySet
from django.db.models.expressions import OrderBy, RawSQL
from django.db.models.functions import Lower
from django.utils import translation

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.models import Favorite, SavedItem
from optilearn.analytics.saved.content import problems_among, readable_tiles
from optilearn.analytics.saved.policies import orphans, readable_by
from optilearn.analytics.saved.schemas.items import ItemQuery
from optilearn.analytics.saved.selectors import ItemRow, item_row
from optilearn.core.access.principal import Principal
from optilearn.core.sql import compose
from optilearn.core.text import has_words, words_of
from optilearn.people.rules import PEOPLE

Row = dict[str, Any]
_OF_OWNER: Final = {"owner_name": F("owner__name"), "owner_status": F("owner__status")}
_LIGHT: Final = tuple(f.name for f in fields(ItemRow) if f.name not in {*_OF_OWNER, "body"})
_ORDERS: Final[dict[str, tuple[str | OrderBy, str]]] = {
    "name": (Lower("name").asc(), "id"),
    "-name": (Lower("name").desc(), "id"),
    "newest": ("-updated_at", "-id"),
    "lastRun": (F("last_run_at").desc(nulls_last=True), "-id"),
    "owner": (Lower("owner__name").asc(nulls_last=True), "id"),
}
_SOUGHT: Final = compose(
    "concat_ws(' ', analytics_saveditem.name, analytics_saveditem.description,"
    " array_to_string(analytics_saveditem.tags, ' '), analytics_saveditem.entity,"
    " %s::jsonb ->> analytics_saveditem.entity, (SELECT p.name FROM <people>"
    " WHERE p.institution_id = analytics_saveditem.institution_id"
    " AND p.id = analytics_saveditem.owner_id))",
    people=PEOPLE.aliased("p"),
)


def items_list(
    principal: Principal, kind: SavedItem.Kind, query: ItemQuery
) -> tuple[list[Row], int]:
    """A page of the items that the principal may read, and the number of all.

    Two queries; ``broken`` adds three, which read the bodies.
    """
    items = _filtered(principal, kind, query)
    if query.broken is not None:
        broken = [row["id"] for row in broken_items(principal, kind)]
        items = items.filter(pk__in=broken) if query.broken else items.exclude(pk__in=broken)
    own = Favorite.objects.filter(person_id=principal.person_id, item_id=OuterRef("pk"))
    rows = items.annotate(is_favorite=Exists(own)).order_by(*_ORDERS[query.order])
    page = rows.values(*_LIGHT, "is_favorite", **_OF_OWNER)[query.window]
    found = []
    for row in page:
        is_favorite = row.pop("is_favorite")
        item = ItemRow(**row, body={})
        found.append(item_row(principal, item, is_favorite=is_favorite))
    return found, items.count()


def broken_items(principal: Principal, *kinds: SavedItem.Kind) -> list[Row]:
    """The items that the newest catalog refuses, each with its problems. Three queries.

    What readers see of them is checked: the published version where there is one.
    """
    catalog = current_catalog()
    items = SavedItem.objects.filter(readable_by(principal), kind__in=kinds or SavedItem.Kind)
    boards = items.filter(kind=SavedItem.Kind.DASHBOARD).values_list("body", flat=True)
    saved = readable_tiles(principal, boards.iterator())
    found = []
    for item in items.order_by("id").values("id", "kind", "name", "body").iterator():
        problems = problems_among(saved, item["kind"], item["body"], catalog)
        if problems:
            found.append({k: item[k] for k in ("id", "kind", "name")} | {"problems": problems})
    return found


def _filtered(
    principal: Principal, kind: SavedItem.Kind, query: ItemQuery
) -> QuerySet[SavedItem, SavedItem]:
    items = SavedItem.objects.filter(readable_by(principal), kind=kind)
    if query.visibility is not None:
        items = items.filter(visibility=query.visibility)
    if query.tag is not None:
        items = items.filter(tags__contains=[query.tag])
    if query.entity is not None:
        items = items.filter(entity=query.entity)
    if query.mine:
        items = items.filter(owner_id=principal.person_id)
    if query.owner_id is not None:
        items = items.filter(owner_id=query.owner_id)
    if query.favorite:
        items = items.filter(favorites__person_id=principal.person_id)
    if query.orphaned:
        items = items.filter(orphans())
    words = words_of(query.q)
    return items.filter(_has_words(words)) if words else items


def _has_words(words: list[str]) -> RawSQL:
    """That each word is in the item's texts, its entity's label or its owner's name."""
    labels = json.dumps(_entity_labels())
    return RawSQL(has_words(_SOUGHT), [labels, words], output_field=BooleanField())  # noqa: S611 - ours


def _entity_labels() -> dict[str, str]:
    entities = current_catalog().entities
    return {e.key: " ".join(_in_all_languages(e.label)) for e in entities}


def _in_all_languages(text: str) -> Iterable[str]:
    for language in ("en", "hi"):
        with translation.override(language):
            yield translation.gettext(text)
