"""The uses of saved items and of the catalog: dashboards, and what other features register.

A feature that runs saved items (schedules, alerts) registers a :class:`Source` in
``AnalyticsConfig.ready``. An item that is in use can't be deleted, and the impact list names what
stops to work when a field is withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import F, Q
from django.utils.translation import gettext as _

from optilearn.analytics.models import SavedItem
from optilearn.core.access.policies import ADMINS
from optilearn.core.access.principal import Principal


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

    ``of_item`` finds those of a saved item; ``definitions`` lists the definitions that are the
    feature's own, which no saved item holds.
    """

    of_item: Callable[[int], Iterable[Use]]
    definitions: Callable[[], Iterable[tuple[Use, Mapping[str, Any]]]] = tuple


_sources: Final[dict[str, Source]] = {}


def register(name: str, source: Source) -> None:
    """Ask this feature too; once more under the same name replaces it."""
    _sources[name] = source


def uses_of(item_id: int, principal: Principal) -> list[Use]:
    """Everything that uses a saved item; what is others' own without its name."""
    found = _dashboards_with(item_id)
    for source in _sources.values():
        found += source.of_item(item_id)
    return [use.seen_by(principal) for use in found]


def foreign_definitions() -> Iterable[tuple[Use, Mapping[str, Any]]]:
    """The definitions that other features hold by themselves."""
    for source in _sources.values():
        yield from source.definitions()


def _dashboards_with(item_id: int) -> list[Use]:
    """The dashboards that have it as a tile, in what is published or in the newest draft."""
    tile = {"tiles": [{"savedItemId": item_id}]}
    published = Q(body__contains=tile)
    drafted = Q(versions__number=F("version"), versions__body__contains=tile)
    boards = SavedItem.objects.filter(published | drafted, kind=SavedItem.Kind.DASHBOARD)
    rows = (
        boards.distinct()
        .order_by("id")
        .values("id", "name", "owner_id", "visibility", "published_version")
    )
    return [
        Use(
            SavedItem.Kind.DASHBOARD.value, row["id"], row["name"], row["owner_id"],
            row["visibility"] == SavedItem.Visibility.INSTITUTION
            and row["published_version"] is not None,
        )
        for row in rows
    ]  # fmt: skip
