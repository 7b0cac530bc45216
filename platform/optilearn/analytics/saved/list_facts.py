"""Facts about items that their lists show beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, F, Func
from django.utils.translation import gettext

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.models import SavedItem, Schedule
from optilearn.analytics.saved.content import Problem, problems_among, readable_tiles
from optilearn.analytics.saved.policies import may_hand_over, readable_by
from optilearn.analytics.saved.selectors import ItemRow
from optilearn.core.access.principal import Principal

MAX_TAGS: Final = 100


@dataclass(frozen=True)
class ListFacts:
    """The chart of a report, the reasons why it can't be run, and the schedules that send it."""

    entity: str = ""
    """The label of the entity that it counts, in the reader's language."""
    chart: str = ""
    tiles: int = 0
    problems: list[Problem] = field(default_factory=list)
    schedules: int = 0


def list_facts(principal: Principal, ids: Collection[int]) -> dict[int, ListFacts]:
    """The facts of the items of a page that the principal may read. Three queries.

    The published version is checked where there is one, as readers see that.
    """
    catalog = current_catalog()
    items = SavedItem.objects.filter(readable_by(principal), pk__in=ids)
    counts = Schedule.objects.filter(item_id__in=ids).values("item_id").annotate(n=Count("pk"))
    schedules = {row["item_id"]: row["n"] for row in counts.order_by()}
    rows = list(items.values("id", "kind", "entity", "body"))
    saved = readable_tiles(principal, [row["body"] for row in rows])
    found = {}
    for item in rows:
        entity = catalog.by_key.get(item["entity"])
        found[item["id"]] = ListFacts(
            entity=gettext(entity.label) if entity else item["entity"],
            chart=_chart(item["body"]),
            tiles=len(item["body"].get("tiles", ())),
            problems=problems_among(saved, item["kind"], item["body"], catalog),
            schedules=schedules.get(item["id"], 0),
        )
    return found


def tags_of(principal: Principal, kind: SavedItem.Kind) -> list[str]:
    """The tags of the items of a kind that the principal may read, in alphabetical order."""
    items = SavedItem.objects.filter(readable_by(principal), kind=kind)
    tags = items.annotate(tag=Func(F("tags"), function="unnest")).order_by("tag")
    return list(tags.values_list("tag", flat=True).distinct()[:MAX_TAGS])


def entity_options() -> list[tuple[str, str]]:
    """The entities that reports can count, by label: key and label in the reader's language."""
    entities = current_catalog().entities
    return sorted(((e.key, gettext(e.label)) for e in entities), key=lambda one: one[1].casefold())


def may_give(principal: Principal, item: ItemRow) -> bool:
    """Return True if the principal may hand the item over to somebody else."""
    return may_hand_over(principal, item)


def _chart(body: Mapping[str, Any]) -> str:
    definition = body.get("definition")
    chart = definition.get("chart") if isinstance(definition, Mapping) else None
    kind = chart.get("type") if isinstance(chart, Mapping) else None
    return kind if isinstance(kind, str) else ""
