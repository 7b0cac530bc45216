"""The description of an output: question, data, scope, number of rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from reports.contracts import Column, ReportMeta, Scope, instant_text
from reports.export.result_stream import Ending, Head
from reports.export.totals import HIDDEN
from reports.language.phrases import TEMPLATES

HIDDEN_NOTE: Final = f"{HIDDEN} stands for a number about too few people to be shown."

_FILTERS: Final = tuple(TEMPLATES[name].split("{")[0] for name in ("filters", "having"))


def facts(head: Head, ending: Ending, rows_digest: str) -> list[tuple[str, str]]:
    """Name and value, in the order in which a reader wants them.

    ``rows_digest`` is the SHA-256 of the CSV export of the same rows, without a byte order
    mark, so that both files can be compared.
    """
    questions = [s for s in head.words if not s.startswith(_FILTERS)]
    filters = [s for s in head.words if s.startswith(_FILTERS)]
    snapshot = head.snapshot
    found = [("Question", sentence) for sentence in questions]
    found += [("Filters", sentence) for sentence in filters or ["None"]]
    found += [
        ("Snapshot", snapshot.id),
        ("Taken at", instant_text(snapshot.taken_at)),
        ("Time zone", snapshot.time_zone),
        ("Scope", scope_text(head.scope)),
        ("Rows", rows_text(ending.meta)),
        ("Definition digest", head.definition_digest),
        ("SHA-256 of the rows as CSV", rows_digest),
    ]
    found += [("Note", notice.message) for notice in ending.meta.warnings]
    if head.suppressed or ending.hides_totals:
        found.append(("Note", HIDDEN_NOTE))
    if head.definition:
        found.append(("Definition", definition_text(head.definition)))
    return found


def definition_text(definition: Mapping[str, object]) -> str:
    """The definition as one line of JSON, sorted as its digest has it."""
    return json.dumps(dict(definition), ensure_ascii=False, sort_keys=True, default=str)


def scope_text(scope: Scope) -> str:
    """``institution``, or ``ownCourses, 2 courses``."""
    wire = scope.to_wire()
    counts = [f"{count} {noun}" for noun, count in wire.items() if noun != "kind"]
    return ", ".join([wire["kind"], *counts])


def rows_text(meta: ReportMeta) -> str:
    """Return the number of rows, and of how many."""
    if meta.row_count == meta.total_row_count:
        return f"{meta.row_count:,}"
    return f"{meta.row_count:,} of {meta.total_row_count:,}"


def snapshot_time_text(head: Head) -> str:
    """Return the time at which the snapshot was taken, on the institution's clock."""
    zone = ZoneInfo(head.snapshot.time_zone)
    return head.snapshot.taken_at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def head_text(column: Column) -> str:
    """A column's label, with its unit where the numbers need one."""
    shows_unit = column.unit and column.type in {"decimal", "float"} and column.format != "percent"
    return f"{column.label} ({column.unit})" if shows_unit else column.label


def head_texts(columns: Sequence[Column]) -> list[str]:
    """The columns' heads for people to read, each with its unit."""
    return disambiguated(columns, [head_text(column) for column in columns])


def disambiguated(columns: Sequence[Column], labels: Sequence[str]) -> list[str]:
    """Labels; one that occurs twice gets its key, so that they are not confused."""
    counts = Counter(label.lower() for label in labels)
    return [
        f"{label} [{column.key}]" if counts[label.lower()] > 1 else label
        for label, column in zip(labels, columns, strict=True)
    ]
