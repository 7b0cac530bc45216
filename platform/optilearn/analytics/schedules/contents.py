"""The report of a schedule, narrowed by its filters and to one part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.analytics.exports.contents import BoardContent, Content, ReportContent, TileContent
from optilearn.analytics.models import SavedItem, Schedule
from optilearn.analytics.saved.content import narrowed
from optilearn.analytics.saved.running import Choice, chosen_definition
from optilearn.analytics.saved.selectors import ItemRow
from optilearn.core.errors import AppError, ErrorCode
from reports import api as reports
from reports.api import Catalog
from reports.errors import ReportInvalid

_PATHS: Final[Mapping[str, tuple[str, ...]]] = {
    Schedule.Split.COURSE: ("courseId", "id"),
    Schedule.Split.CLASS: ("student.className", "className"),
}
"""The fields of an entity by which it is split, the first that it has."""


def content_of(schedule: Schedule, item: ItemRow, part: str, catalog: Catalog) -> Content:
    """Return the content of one file. ``part`` is a course's id or a class's name, or empty.

    Raises ``AppError`` REPORT_INVALID for filters that the report's author didn't open, and for a
    report that can't be split so.
    """
    if item.kind == SavedItem.Kind.DASHBOARD:
        return _board(schedule, item)
    choice = Choice(filters=list(schedule.filters))
    definition = chosen_definition(item.body, choice)
    if part:
        definition = narrowed(definition, [_condition(schedule.split, definition, part, catalog)])
    return ReportContent(schedule.name, definition)


def definitions_of(content: Content) -> list[Mapping[str, Any]]:
    """Return the definitions of all reports in a content."""
    if isinstance(content, BoardContent):
        return [tile.definition for tile in content.tiles]
    return [content.definition]


def _board(schedule: Schedule, item: ItemRow) -> BoardContent:
    tiles = tuple(
        TileContent(tile["title"], tile["definition"]) for tile in item.body.get("tiles", ())
    )
    return BoardContent(schedule.name, tiles)


def _condition(
    split: str, definition: Mapping[str, Any], part: str, catalog: Catalog
) -> dict[str, Any]:
    value: str | int = int(part) if split == Schedule.Split.COURSE else part
    for path in _PATHS[split]:
        if path == "id" and definition.get("entity") != "courses":
            continue
        condition = {"field": path, "op": "eq", "value": value}
        if _is_valid(narrowed(definition, [condition]), catalog):
            return condition
    message = _("This report can't be split in this way: its records have no such field.")
    problem = {"path": "/split", "code": "NO_SUCH_FIELD", "message": message, "hint": ""}
    raise AppError(ErrorCode.REPORT_INVALID, message, [problem])


def _is_valid(definition: Mapping[str, Any], catalog: Catalog) -> bool:
    try:
        reports.validate(definition, catalog)
    except ReportInvalid:
        return False
    return True
