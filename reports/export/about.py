"""The description of an output: question, data, scope, number of rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from reports.contracts import Column, ReportMeta
from reports.export.result_stream import Ending, Head
from reports.export.totals import HIDDEN
from reports.export.wording import ENGLISH, Wording
from reports.language.phrases import TEMPLATES

_FILTERS: Final = ("filters", "having")
"""The templates of sentences about filters."""


def facts(
    head: Head, ending: Ending, rows_digest: str, wording: Wording = ENGLISH
) -> list[tuple[str, str]]:
    """Name and value, in the order in which a reader wants them.

    ``rows_digest`` is the SHA-256 of the CSV export of the same rows, without a byte order
    mark, so that both files can be compared.
    """
    say, starts = wording.say, _filter_starts(wording)
    questions = [s for s in head.words if not s.startswith(starts)]
    filters = [s for s in head.words if s.startswith(starts)]
    snapshot = head.snapshot
    found = [(say("question"), sentence) for sentence in questions]
    found += [(say("filters"), sentence) for sentence in filters or [say("none")]]
    found += [
        (say("snapshot"), snapshot.id),
        (say("takenAt"), snapshot_time_text(head)),
        (say("zone"), snapshot.time_zone),
        (say("scope"), wording.scope(head.scope)),
        (say("rows"), rows_text(ending.meta, wording)),
        (say("definitionDigest"), head.definition_digest),
        (say("rowsDigest"), rows_digest),
    ]
    found += [(say("note"), wording.message(notice.message)) for notice in ending.meta.warnings]
    if head.suppressed or ending.hides_totals:
        found.append((say("note"), hidden_note(wording)))
    if head.definition:
        found.append((say("definition"), definition_text(head.definition)))
    return found


def _filter_starts(wording: Wording) -> tuple[str, ...]:
    """The beginnings of sentences about filters, in the language of the words."""
    starts = (wording.translate(TEMPLATES[name]).split("{")[0] for name in _FILTERS)
    return tuple(start for start in starts if start)


def hidden_note(wording: Wording = ENGLISH) -> str:
    """The meaning of the mark in place of a hidden number."""
    return wording.say("hidden", mark=HIDDEN)


def definition_text(definition: Mapping[str, object]) -> str:
    """The definition as one line of JSON, sorted as its digest has it."""
    return json.dumps(dict(definition), ensure_ascii=False, sort_keys=True, default=str)


def rows_text(meta: ReportMeta, wording: Wording = ENGLISH) -> str:
    """Return the number of rows, and of how many."""
    if meta.row_count == meta.total_row_count:
        return f"{meta.row_count:,}"
    count, total = f"{meta.row_count:,}", f"{meta.total_row_count:,}"
    return wording.say("someRows", count=count, total=total)


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
