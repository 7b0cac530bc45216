"""The report that an alert watches, for its pages: its name, and its measures with labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext as _

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.labels import Labels
from optilearn.analytics.saved.selectors import readable_item
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from reports import api as reports
from reports.api import Catalog
from reports.errors import ReportError


@dataclass(frozen=True)
class Measure:
    """A measure of a report: its key, its label, and True for a share from 0 to 1."""

    key: str
    label: str
    is_percent: bool = False


@dataclass(frozen=True)
class Watched:
    """A report with what can be watched of it; ``problem`` says why nothing can."""

    name: str
    item_id: int | None = None
    definition: Mapping[str, Any] = field(default_factory=dict)
    measures: tuple[Measure, ...] = ()
    groups: tuple[str, ...] = ()
    goal: Any = None
    problem: str = ""

    def measure(self, key: str) -> Measure:
        """Return a measure by its key; one that isn't there is its own label."""
        return next((one for one in self.measures if one.key == key), Measure(key, key))


class Reports:
    """The reports that a page's alerts watch: each is read once, and the catalog too."""

    def __init__(self, principal: Principal) -> None:
        self._principal = principal
        self._items: dict[int, Watched] = {}

    @cached_property
    def _catalog(self) -> Catalog:
        return current_catalog()

    def item(self, item_id: int) -> Watched:
        """Return a saved report. Raises ``AppError`` NOT_FOUND."""
        if item_id not in self._items:
            item = readable_item(self._principal, item_id, Kind.REPORT)
            found = self.definition(item.body["definition"], item.name)
            self._items[item_id] = replace(found, item_id=item.id)
        return self._items[item_id]

    def definition(self, definition: Mapping[str, Any], name: str = "") -> Watched:
        """Return a definition with the measures that the catalog finds in it."""
        labels = Labels(self._catalog, str(definition.get("entity", "")))
        known = Watched(name or labels.entity(definition.get("entity")), definition=definition)
        if definition.get("mode") == "rows":
            text = _("A list of records has no numbers to watch. Choose a report with measures.")
            return replace(known, problem=text)
        try:
            report = reports.validate(definition, self._catalog)
        except ReportError as error:
            return replace(known, problem=error.message)
        chart = definition.get("chart")
        return replace(
            known,
            measures=tuple(
                Measure(one.key, gettext(one.label), one.format == "percent")
                for one in report.measures
            ),
            groups=tuple(gettext(one.label) for one in report.dimensions),
            goal=chart.get("goal") if isinstance(chart, Mapping) else None,
        )

    def of_alert(self, alert: Mapping[str, Any]) -> Watched:
        """Return what an alert watches; a report that is gone has no name and no measures."""
        if alert["reportId"] is None:
            return self.definition(alert["definition"] or {})
        try:
            return self.item(alert["reportId"])
        except AppError as error:
            if error.code is not ErrorCode.NOT_FOUND:
                raise
            text = _("You can't read this report any more.")
            return Watched(_("A report that is gone"), problem=text)
