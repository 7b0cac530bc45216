"""Facts about items that their lists show beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import F, Func, OuterRef, Subquery
from django.db.models.functions import Lower
from django.utils.translation import gettext

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.models import Occurrence, SavedItem, Schedule
from optilearn.analytics.saved.content import Problem, problems_among, readable_tiles
from optilearn.analytics.saved.policies import may_hand_over, readable_by
from optilearn.analytics.saved.selectors import ItemRow
from optilearn.core.access.principal import Principal

MAX_TAGS: Final = 100
MAX_OWNERS: Final = 500


@dataclass(frozen=True)
class ListFacts:
    """The chart of a report, the reasons why it can't be run, and the schedules that send it."""

    entity: str = ""
    """The label of the entity that it counts, in the reader's language."""
    chart: str = ""
    tiles: int = 0
    problems: list[Problem] = field(default_factory=list)
    schedules: int = 0
    sent_at: datetime | None = None
    """The end of the last run by which one of those schedules sent it to somebody."""


def list_facts(principal: Principal, ids: Collection[int]) -> dict[int, ListFacts]:
    """The facts of the items of a page that the principal may read. Three queries.

    The published version is checked where there is one, as readers see that.
    """
    catalog = current_catalog()
    items = SavedItem.objects.filter(readable_by(principal), pk__in=ids)
    schedules = _schedules(ids)
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
            schedules=len(schedules.get(item["id"], ())),
            sent_at=max(filter(None, schedules.get(item["id"], ())), default=None),
        )
    return found


def _schedules(ids: Collection[int]) -> dict[int, list[datetime | None]]:
    """The last time at which each schedule sent something, by the item that it sends. One query."""
    runs = Occurrence.objects.filter(
        schedule_id=OuterRef("pk"),
        kind__in=[Occurrence.Kind.SCHEDULED, Occurrence.Kind.NOW],
        status=Occurrence.Status.DONE,
        counts__sent__gt=0,
    ).order_by("-due_at", "-id")
    rows = Schedule.objects.filter(item_id__in=ids)
    found: dict[int, list[datetime | None]] = {}
    for item_id, sent_at in rows.values_list("item_id", Subquery(runs.values("finished_at")[:1])):
        found.setdefault(item_id, []).append(sent_at)
    return found


def tags_of(principal: Principal, kind: SavedItem.Kind) -> list[str]:
    """The tags of the items of a kind that the principal may read, in alphabetical order."""
    items = SavedItem.objects.filter(readable_by(principal), kind=kind)
    tags = items.annotate(tag=Func(F("tags"), function="unnest")).order_by("tag")
    return list(tags.values_list("tag", flat=True).distinct()[:MAX_TAGS])


def owners_of(principal: Principal, kind: SavedItem.Kind) -> list[tuple[int, str]]:
    """The owners of the items of a kind that the principal may read: id and name. One query."""
    items = SavedItem.objects.filter(readable_by(principal), kind=kind, owner__isnull=False)
    owners = items.order_by(Lower("owner__name"), "owner_id").values_list("owner_id", "owner__name")
    return [(number, name) for number, name in owners.distinct()[:MAX_OWNERS]]


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
