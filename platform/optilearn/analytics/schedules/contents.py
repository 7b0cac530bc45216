"""The report of a schedule, narrowed by its filters and to one part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.analytics.exports.contents import BoardContent, Content, ReportContent
from optilearn.analytics.exports.sources import board_content
from optilearn.analytics.exports.sources import definitions_of as all_definitions
from optilearn.analytics.models import SavedItem, Schedule
from optilearn.analytics.saved.boards.choices import Choices
from optilearn.analytics.saved.content import narrowed
from optilearn.analytics.saved.running import Choice, chosen_definition
from optilearn.analytics.saved.selectors import ItemRow
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from reports import api as reports
from reports.api import Catalog
from reports.errors import ReportInvalid

_PATHS: Final[Mapping[str, tuple[str, ...]]] = {
    Schedule.Split.COURSE: ("courseId", "id"),
    Schedule.Split.CLASS: ("student.className", "className"),
}
"""The fields of an entity by which it is split, the first that it has."""


@dataclass(frozen=True)
class Source:
    """A schedule with its owner and the item that they may read."""

    schedule: Schedule
    item: ItemRow
    owner: Principal


def content_of(source: Source, part: str, catalog: Catalog) -> Content:
    """Return the content of one file. ``part`` is a course's id or a class's name, or empty.

    The tiles of a dashboard are those that the schedule's owner may read. Raises ``AppError``
    REPORT_INVALID or VALIDATION_ERROR for filters that the author didn't open, and for a report
    that can't be split so.
    """
    schedule, item = source.schedule, source.item
    if item.kind == SavedItem.Kind.DASHBOARD:
        board = board_content(source.owner, str(item.id), Choices(schedule.filters or {}), catalog)
        return replace(board, name=schedule.name)
    choice = Choice(filters=list(schedule.filters))
    definition = chosen_definition(item.body, choice)
    if part:
        definition = narrowed(definition, [_condition(schedule.split, definition, part, catalog)])
    return ReportContent(schedule.name, definition)


def definitions_of(content: Content) -> list[Mapping[str, Any]]:
    """Return the definitions of all reports in a content; tiles of SQL have none."""
    return [definition for _place, definition in all_definitions(content)]


def is_empty(content: Content) -> bool:
    """Return True for a dashboard without a tile that can be sent."""
    return isinstance(content, BoardContent) and not content.tiles


def statements_in(content: Content) -> int:
    """Return the number of its tiles of SQL."""
    if isinstance(content, BoardContent):
        return len(content.tiles) - len(definitions_of(content))
    return 0


def has_sql(source: Source, catalog: Catalog) -> bool:
    """Return True if recipients of one scope get other files by how far they read SQL."""
    if source.item.kind != SavedItem.Kind.DASHBOARD:
        return False
    content = content_of(source, "", catalog)
    return isinstance(content, BoardContent) and content.has_sql


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
