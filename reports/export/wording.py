"""The language of a file that people read: a workbook, a PDF.

The library knows English alone; a caller that knows more hands in how texts are translated. Data
formats (CSV, Parquet, Arrow, JSON) have no language: their headings and codes are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from reports.catalog.describe import Translate
from reports.catalog.model import Catalog
from reports.contracts import Column, Scope, ScopeKind
from reports.language.phrases import in_words
from reports.language.report import Report

TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "report": "Report",
        "dashboard": "Dashboard",
        "about": "About",
        "what": "What",
        "value": "Value",
        "sheet": "Sheet",
        "question": "Question",
        "filters": "Filters",
        "none": "None",
        "snapshot": "Snapshot",
        "takenAt": "Taken at",
        "zone": "Time zone",
        "scope": "Scope",
        "rows": "Rows",
        "definition": "Definition",
        "definitionDigest": "Definition digest",
        "rowsDigest": "SHA-256 of the rows as CSV",
        "note": "Note",
        "institution": "Whole institution",
        "ownCourses": "Own courses ({count})",
        "self": "Own records",
        "children": "Own children ({count})",
        "someRows": "{count} of {total}",
        "hidden": "{mark} stands for a number about too few people to be shown.",
        "cut": "{count} texts are longer than a cell can hold: they are cut.",
        "total": "Total",
        "totalOf": "Total {group}",
        "yes": "yes",
        "no": "no",
        "notAvailable": "Not available",
        "noRows": "No rows.",
        "page": "Page {page} of {pages}",
        "source": "Snapshot {id} of {time} · scope: {scope}",
        "rowCount": "{count} rows",
        "reportCount": "{count} reports",
        "digest": "Definition SHA-256 {digest}",
        "goal": "Goal {value}",
        "somePoints": "The chart shows {shown} of {count} points.",
        "someSeries": "The chart shows {shown} of {count} series; the table has all.",
        "someGroups": "The chart shows the first {shown} of {count} groups.",
        "noShares": "The values can't be drawn as shares of a whole; see the table.",
        "previousPeriod": "previous period",
        "previousYear": "previous year",
        "previousTerm": "previous term",
        "comparedSnapshot": "snapshot {id}",
    }
)
"""Every text of a workbook or a PDF that is neither data nor the question."""

Label = Callable[[Column, Mapping[str, Any]], Column]
"""A column of a definition, with its label and its codes' labels as the reader has them."""


def _as_it_is(column: Column, _definition: Mapping[str, Any]) -> Column:
    return column


@dataclass(frozen=True)
class Wording:
    """A language: ``translate`` for texts and labels, ``message`` for refusals and warnings."""

    language: str = "en"
    translate: Translate = str
    message: Translate = str
    label: Label = _as_it_is

    @property
    def is_english(self) -> bool:
        """True if the engine's own texts are the reader's."""
        return self.translate is str

    def say(self, key: str, **places: object) -> str:
        """The text of that key, its places filled in."""
        return self.translate(TEXTS[key]).format(**places)

    def scope(self, scope: Scope) -> str:
        """The scope in words: "Own courses (2)"."""
        if scope.kind is ScopeKind.SELF:
            return self.say("self")
        return self.say(scope.kind.value, count=len(scope.ids))

    def compared(self, definition: Mapping[str, Any], label: str) -> str:
        """The label of a comparison: the engine's own, or in the reader's language."""
        if self.is_english:
            return label
        asked = definition.get("compare") or {}
        kind = str(asked.get("to"))
        if kind == "snapshot":
            return self.say("comparedSnapshot", id=asked.get("snapshot", ""))
        return self.say(kind) if kind in TEXTS else label

    def columns(
        self, columns: Sequence[Column], definition: Mapping[str, Any]
    ) -> tuple[Column, ...]:
        """The columns of a result as the reader has them."""
        return tuple(self.label(column, definition) for column in columns)

    def question(self, report: Report, catalog: Catalog) -> tuple[str, ...]:
        """The question in words."""
        return in_words(report, catalog, self.translate)


ENGLISH: Final = Wording()
