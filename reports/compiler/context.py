"""The context that every part of one compilation shares."""

from __future__ import annotations

from dataclasses import dataclass

from reports.catalog.model import Catalog
from reports.catalog.paths import Path, resolve, seen_from
from reports.compiler.guarded_tables import GuardedTables, Profile
from reports.compiler.guards import quoted
from reports.compiler.parameters import Parameters
from reports.compiler.settings import Settings
from reports.language.report import Report


@dataclass(frozen=True)
class Context:
    """The context that every part of one compilation shares."""

    report: Report
    catalog: Catalog
    settings: Settings
    parameters: Parameters
    profile: Profile

    @property
    def groups(self) -> tuple[str, ...]:
        """The quoted names of the groups: time first."""
        return tuple(quoted(f"d{i}") for i in range(self.report.group_count))

    def source(self, entity: str) -> GuardedTables:
        """The rows of an entity, nothing asked of them yet."""
        found = self.catalog.by_key[entity]
        return GuardedTables(self.catalog, found, self.settings.kind, self.profile)

    def seen(self, path: Path, entity: str) -> Path:
        """Return a path of the root as an entity sees it."""
        seen = seen_from(self.catalog, path, entity)
        assert seen is not None, "validation has checked that it can be seen"
        return seen

    def axis(self, entity: str) -> Path:
        """The date by which an entity's rows stand in time."""
        time = self.report.time
        assert time is not None
        if time.path is not None:
            return self.seen(time.path, entity)
        return resolve(self.catalog, entity, self.catalog.by_key[entity].time)
