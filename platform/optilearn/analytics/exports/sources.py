"""From a request to the content of a file: a definition, a saved report, or a dashboard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dashboards.messages import Locale
from dashboards.presets import DASHBOARDS, Dashboard, Skipped, available, with_filters
from dashboards.presets.filters import Value
from dashboards.presets.model import FilterKind
from optilearn.analytics.exports.contents import (
    BoardContent,
    Content,
    ReportContent,
    TileContent,
)
from optilearn.analytics.models import SavedItem
from optilearn.analytics.saved.running import Choice, chosen_definition
from optilearn.analytics.saved.selectors import readable_item
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from reports.api import Catalog


def content_of(principal: Principal, source: Mapping[str, Any], catalog: Catalog) -> Content:
    """Return the content that a source names, as the principal may see it now.

    ``source`` is ``{definition}``, ``{reportId, filters}`` or ``{dashboard, filters}``. Raises
    ``AppError``: NOT_FOUND; REPORT_INVALID or VALIDATION_ERROR for filters that aren't there or
    can't be left out.
    """
    if "definition" in source:
        return ReportContent(_("Report"), source["definition"])
    if "reportId" in source:
        item = readable_item(principal, source["reportId"], SavedItem.Kind.REPORT)
        choice = Choice(filters=list(source.get("filters") or ()))
        return ReportContent(item.name, chosen_definition(item.body, choice))
    preset = DASHBOARDS.get(str(source.get("dashboard", "")))
    if preset is None:
        raise not_found()
    return _preset(preset, source.get("filters") or {}, catalog)


def _preset(dashboard: Dashboard, filters: Mapping[str, Any], catalog: Catalog) -> BoardContent:
    locale = _locale()
    chosen = cast("Mapping[FilterKind, Value]", _checked(dashboard, filters))
    tiles: list[TileContent] = []
    skipped: list[tuple[str, Skipped]] = []
    for tile in available(dashboard, catalog):
        filtered = with_filters(tile, chosen, catalog)
        title = tile.title.in_(locale)
        labels = {key: text.in_(locale) for key, text in tile.labels.items()}
        tiles.append(TileContent(title, filtered.definition, labels))
        skipped += [(title, one) for one in filtered.skipped]
    titles = {shared.key: shared.title.in_(locale) for shared in dashboard.filters}
    notes = [f"{titles[key]}: {_shown(value)}" for key, value in chosen.items()]
    notes += [f"{title}: {one.reason(locale)}" for title, one in skipped]
    return BoardContent(dashboard.title.in_(locale), tuple(tiles), tuple(notes))


def _checked(dashboard: Dashboard, filters: Mapping[str, Any]) -> Mapping[str, Any]:
    known = {shared.key for shared in dashboard.filters}
    problems = [_unknown(name, sorted(known)) for name in filters if name not in known]
    problems += [
        _missing(shared.key)
        for shared in dashboard.filters
        if shared.is_required and filters.get(shared.key) is None
    ]
    if problems:
        raise AppError(ErrorCode.VALIDATION_ERROR, problems[0]["message"], problems)
    return {name: value for name, value in filters.items() if value is not None}


def _unknown(name: str, known: list[str]) -> dict[str, str]:
    return {
        "path": f"/filters/{name}",
        "code": "UNKNOWN",
        "message": _("This dashboard has no such filter."),
        "hint": _("Use: %(known)s.") % {"known": ", ".join(known)},
    }


def _missing(name: str) -> dict[str, str]:
    return {
        "path": f"/filters/{name}",
        "code": "REQUIRED",
        "message": _("This dashboard is about one thing that has to be chosen."),
        "hint": _("Give this filter a value."),
    }


def _shown(value: object) -> str:
    """A filter's value in words that need no translation."""
    if isinstance(value, Mapping):
        return " ".join(_shown(part) for part in value.values())
    if isinstance(value, list):
        return ", ".join(_shown(part) for part in value)
    return str(value)


def _locale() -> Locale:
    return "hi" if (get_language() or "").startswith("hi") else "en"


def definitions_of(content: Content) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each definition of a content, with its place in a request for it."""
    if isinstance(content, ReportContent):
        yield "/definition", content.definition
        return
    for tile in content.tiles:
        yield "", tile.definition
