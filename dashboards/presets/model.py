"""The parts of a dashboard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from dashboards.layout import Place, flowed
from dashboards.messages import Locale, Text
from reports.api import Catalog
from reports.contracts import Result

Definition = dict[str, Any]
FilterKind = Literal["term", "category", "class", "dateRange", "course"]

ENTITIES: Final = frozenset(
    {
        "courses",
        "lessons",
        "students",
        "staff",
        "enrollments",
        "lessonProgress",
        "assignments",
        "submissions",
        "grades",
        "questions",
        "quizAttempts",
        "quizAnswers",
        "peerReviews",
        "activity",
        "discussionPosts",
        "attendance",
        "certificates",
        "points",
        "compliance",
        "revenue",
        "deliveries",
    }
)
"""docs/report-reference.md#entities: the entities there are, and those that are still to come."""


@dataclass(frozen=True)
class SharedFilter:
    """A choice that the reader makes once for all tiles."""

    key: FilterKind
    title: Text
    is_required: bool = False


@dataclass(frozen=True)
class Tile:
    """One question and how it is shown.

    ``date`` is the field that a chosen range of dates restricts (the main date of the
    entity unless said); ``compares`` adds the previous period to a chosen range. ``labels``
    name the measures that have a key of their own.
    """

    key: str
    title: Text
    description: Text
    definition: Definition
    size: tuple[int, int] = (6, 5)
    date: str | None = None
    compares: bool = False
    labels: Mapping[str, Text] = field(default_factory=dict)
    place: Place = field(default=Place(0, 0, 1, 1))

    @property
    def chart(self) -> Mapping[str, Any]:
        """The chart of the definition."""
        found: Mapping[str, Any] = self.definition["chart"]
        return found

    @property
    def needs(self) -> tuple[str, ...]:
        """The entities whose records it counts, in alphabetical order."""
        return tuple(sorted(entities_of(self.definition)))


@dataclass(frozen=True)
class Dashboard:
    """Tiles on a grid, with the filters they share."""

    key: str
    title: Text
    description: Text
    filters: tuple[SharedFilter, ...]
    tiles: tuple[Tile, ...]

    @classmethod
    def of(
        cls,
        key: str,
        texts: tuple[Text, Text],
        filters: tuple[SharedFilter, ...],
        tiles: tuple[Tile, ...],
    ) -> Dashboard:
        """A dashboard whose tiles are laid out in their order; ``texts``: title, description."""
        places = flowed(tile.size for tile in tiles)
        placed = (replace(t, place=p) for t, p in zip(tiles, places, strict=True))
        return cls(key, *texts, filters, tuple(placed))

    def messages(self) -> Iterator[tuple[str, Text]]:
        """Every text with its message key."""
        start = f"dashboards.{self.key}"
        yield f"{start}.title", self.title
        yield f"{start}.description", self.description
        for tile in self.tiles:
            yield f"{start}.{tile.key}.title", tile.title
            yield f"{start}.{tile.key}.description", tile.description
            for name, text in tile.labels.items():
                yield f"{start}.{tile.key}.labels.{name}", text


def available(dashboard: Dashboard, catalog: Catalog) -> tuple[Tile, ...]:
    """The tiles that can be shown: the entities they need have records."""
    return tuple(tile for tile in dashboard.tiles if set(tile.needs) <= set(catalog.roots))


def labeled(result: Result, tile: Tile, locale: Locale) -> Result:
    """The result with the tile's own names for the measures that have keys of their own."""
    columns = tuple(
        replace(c, label=tile.labels[c.key].in_(locale)) if c.key in tile.labels else c
        for c in result.columns
    )
    return replace(result, columns=columns)


def entities_of(definition: Mapping[str, Any]) -> frozenset[str]:
    """The entities that a definition counts: its root, and those its measures name."""
    names: list[str] = []
    for measure in definition.get("measures", ()):
        raw = {"metric": measure} if isinstance(measure, str) else measure
        names += [str(raw[key]) for key in ("metric", "field", "of") if key in raw]
        names += [str(name) for name in raw.get("ratio", ())]
    names += [str(f["metric"]) for f in definition.get("filters", ()) if "metric" in f]
    owners = (name.split(".")[0] for name in names if "." in name)
    return frozenset({definition["entity"], *(o for o in owners if o in ENTITIES)})
