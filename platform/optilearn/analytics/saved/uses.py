"""The uses of saved items and of the catalog: dashboards, and what other features register.

A feature that runs saved items (schedules, alerts) registers a :class:`Source` in
``AnalyticsConfig.ready``. An item that is in use can't be deleted, and the impact list names what
stops to work when a field is withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.analytics.models import SavedItem
from optilearn.core import sql
from optilearn.core.access.policies import ADMINS
from optilearn.core.access.principal import Principal
from optilearn.core.sql import compose, quoted


@dataclass(frozen=True)
class Use:
    """Something that uses a saved item or a definition: its kind (SCHEDULE), id and name."""

    kind: str
    id: int
    name: str
    owner_id: int | None = None
    is_shared: bool = False
    """True if everybody in the institution may know of it."""
    is_administered: bool = False
    """True if administrators see everybody's."""

    def to_wire(self) -> dict[str, Any]:
        """The use as the API answers it."""
        return {"kind": self.kind, "id": self.id, "name": self.name}

    def seen_by(self, principal: Principal) -> Use:
        """Return the use as the principal may know of it: what is somebody's own has no name."""
        is_known = self.is_administered and principal.role in ADMINS
        if is_known or self.is_shared or self.owner_id == principal.person_id:
            return self
        return replace(self, name=_("Somebody's own"))


@dataclass(frozen=True)
class Source:
    """The uses that one feature knows of, in the institution in force.

    ``of_items`` finds those of saved items, each with the item's id, in a number of queries that
    doesn't depend on them; ``definitions`` lists the definitions that are the feature's own, which
    no saved item holds.
    """

    of_items: Callable[[Sequence[int]], Iterable[tuple[int, Use]]]
    definitions: Callable[[], Iterable[tuple[Use, Mapping[str, Any]]]] = tuple


_sources: Final[dict[str, Source]] = {}


def register(name: str, source: Source) -> None:
    """Ask this feature too; once more under the same name replaces it."""
    _sources[name] = source


def uses_of(item_id: int, principal: Principal) -> list[Use]:
    """Everything that uses a saved item; what is others' own without its name."""
    return uses_of_all([item_id], principal)[item_id]


def uses_of_all(item_ids: Sequence[int], principal: Principal) -> dict[int, list[Use]]:
    """The uses of each of several items. One query for each feature, however many items."""
    found: dict[int, list[Use]] = {item_id: [] for item_id in item_ids}
    for of_items in (_dashboards_with, *(source.of_items for source in _sources.values())):
        for item_id, use in of_items(item_ids):
            found[item_id].append(use.seen_by(principal))
    return found


def foreign_definitions() -> Iterable[tuple[Use, Mapping[str, Any]]]:
    """The definitions that other features hold by themselves."""
    for source in _sources.values():
        yield from source.definitions()


_DASHBOARDS: Final = compose(
    "SELECT DISTINCT (t.tile ->> 'savedItemId')::bigint AS item, b.id, b.name, b.owner_id,"
    " b.visibility, b.published_version"
    " FROM analytics_saveditem b LEFT JOIN analytics_savedversion v"
    " ON v.institution_id = b.institution_id AND v.item_id = b.id AND v.number = b.version"
    " CROSS JOIN LATERAL jsonb_array_elements("
    "(b.body -> 'tiles') || coalesce(v.body -> 'tiles', '[]')) t (tile)"
    " WHERE b.kind = <dashboard> AND t.tile -> 'savedItemId' = ANY (%s::text[]::jsonb[])"
    " ORDER BY b.id",
    dashboard=quoted(SavedItem.Kind.DASHBOARD),
)
"""Of what is published, and of the newest draft."""


def _dashboards_with(item_ids: Sequence[int]) -> Iterator[tuple[int, Use]]:
    """The dashboards that have the items as tiles, in what is published or in the newest draft."""
    for row in sql.rows(_DASHBOARDS, [[str(item_id) for item_id in item_ids]]):
        is_shared = (
            row["visibility"] == SavedItem.Visibility.INSTITUTION
            and row["published_version"] is not None
        )
        kind = SavedItem.Kind.DASHBOARD.value
        yield row["item"], Use(kind, row["id"], row["name"], row["owner_id"], is_shared)
