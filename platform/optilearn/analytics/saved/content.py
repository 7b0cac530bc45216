"""The content of a saved item, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboards.presets.filters import is_closed
from optilearn.analytics.models import SavedItem
from optilearn.analytics.saved.boards.checks import board_problems
from optilearn.analytics.saved.policies import readable_by
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from reports import api as reports
from reports.api import Catalog
from reports.errors import ReportInvalid

Body = Mapping[str, Any]
Problem = dict[str, str]
"""``{path, code, message, hint}``; the path is a JSON pointer into the body."""

_OF_TILES: Final = (SavedItem.Kind.REPORT, SavedItem.Kind.QUERY)
MAX_BYTES: Final = 500_000
"""Of a body as JSON."""
MAX_DEPTH: Final = 40
"""The levels of a body. A definition has about ten."""


@dataclass(frozen=True)
class Content:
    """The parts of an item that have versions."""

    name: str
    description: str = ""
    tags: list[str] = field(default_factory=list)
    body: Body = field(default_factory=dict)

    @property
    def entity(self) -> str:
        """The entity that a report counts; empty for other kinds."""
        definition = self.body.get("definition")
        entity = definition.get("entity") if isinstance(definition, Mapping) else None
        return entity[:100] if isinstance(entity, str) else ""


def check_size(body: Body) -> None:
    """Raises ``AppError`` VALIDATION_ERROR for a body that is too large or deep to be stored."""
    if _depth(body) > MAX_DEPTH:
        raise _too_much("TOO_DEEP", _("This is nested too deeply."))
    if len(json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")) > MAX_BYTES:
        message = _("This has more than {bytes} bytes. Use fewer or wider conditions.")
        raise _too_much("TOO_LONG", message.format(bytes=MAX_BYTES))


def _depth(body: Body) -> int:
    """The levels of a value; a recursive function would fail on what it is to find."""
    depth, level = 0, [body]
    while level and depth <= MAX_DEPTH:
        depth += 1
        parts = [
            list(node.values() if isinstance(node, Mapping) else node)
            for node in level
            if isinstance(node, Mapping | list)
        ]
        level = [part for found in parts for part in found]
    return depth


def _too_much(code: str, message: str) -> AppError:
    problem = {"path": "/definition", "code": code, "message": message, "hint": ""}
    return AppError(ErrorCode.VALIDATION_ERROR, message, [problem])


def definitions_of(body: Body) -> Iterator[tuple[str, Body]]:
    """The definitions in a body, each with its place: a report's, or those of tiles."""
    if isinstance(body.get("definition"), Mapping):
        yield "/definition", body["definition"]
    for number, tile in enumerate(body.get("tiles") or ()):
        if isinstance(tile.get("definition"), Mapping):
            yield f"/tiles/{number}/definition", tile["definition"]


def problems_of(principal: Principal, kind: str, body: Body, catalog: Catalog) -> list[Problem]:
    """Everything for which it can't be run; empty for what can. One query for a dashboard.

    SQL is checked where it runs.
    """
    saved = readable_tiles(principal, [body]) if kind == SavedItem.Kind.DASHBOARD else ()
    return problems_among(saved, kind, body, catalog)


def problems_among(
    saved: Collection[int], kind: str, body: Body, catalog: Catalog
) -> list[Problem]:
    """The same, of one of many items; ``saved`` are their tiles that the reader may read."""
    if kind == SavedItem.Kind.REPORT:
        return _report_problems(body, catalog)
    if kind == SavedItem.Kind.DASHBOARD:
        return board_problems(body, catalog, saved)
    return []


def definition_problems(definition: Body, catalog: Catalog, place: str) -> list[Problem]:
    """The problems of a report's definition that stands at ``place``."""
    try:
        reports.validate(definition, catalog)
    except ReportInvalid as error:
        return [_problem(p.to_wire(), place) for p in error.problems]
    return []


def _report_problems(body: Body, catalog: Catalog) -> list[Problem]:
    definition = body["definition"]
    found = definition_problems(definition, catalog, "/definition")
    if found:
        return found  # what readers may filter by can't be told of a report that isn't one
    for number, path in enumerate(body.get("readerFilters", ())):
        tried = narrowed(definition, [{"field": path, "op": "isNotNull"}])
        for problem in definition_problems(tried, catalog, ""):
            found.append(problem | {"path": f"/readerFilters/{number}"})
    return found


def readable_tiles(principal: Principal, bodies: Iterable[Body]) -> set[int]:
    """The saved items among the tiles of dashboards that the principal may read. One query."""
    ids = {
        tile["savedItemId"]
        for body in bodies
        for tile in body.get("tiles") or ()
        if "savedItemId" in tile
    }
    if not ids:
        return set()
    reports_ = SavedItem.objects.filter(readable_by(principal), kind__in=_OF_TILES, pk__in=ids)
    return set(reports_.values_list("pk", flat=True))


def _problem(wire: Mapping[str, str], place: str) -> Problem:
    return {**wire, "path": place + wire["path"]}


def locked_places(condition: Body, opened: Collection[str]) -> list[str]:
    """The places in a reader's condition of fields that the report's author didn't open."""
    value = condition.get("value")
    other = value.get("field") if isinstance(value, Mapping) else None
    named = {"field": condition["field"], "value/field": other}
    return [place for place, name in named.items() if name is not None and name not in opened]


def narrowed(definition: Body, conditions: list[dict[str, Any]]) -> dict[str, Any]:
    """The definition with further conditions that every row must meet, whatever its logic."""
    own = definition.get("filters") or []
    if not isinstance(own, list):  # a draft, which is refused for it wherever it is run
        return dict(definition)
    found = {**definition, "filters": [*own, *conditions]}
    logic = definition.get("filterLogic")
    if not is_closed(logic):
        return found  # as it is: brackets around it would make sense of what is refused
    if logic and conditions:
        numbers = range(len(own) + 1, len(own) + len(conditions) + 1)
        found["filterLogic"] = " AND ".join([f"({logic})", *map(str, numbers)])
    return found
