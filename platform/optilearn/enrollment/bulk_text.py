"""Lists of students as people paste them or export them: parsing, and the file of what failed.

Pure text in, rows out. The file of rejected rows has the columns that the parser reads, plus
``reason``, which it doesn't: corrected, it can be sent again as it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MOST_ROWS: Final = 10_000
MOST_CELL: Final = 400

COLUMNS: Final = ("id", "code", "email", "expiresAt", "outcome")
"""What a file may have. ``id`` is anything that names a student; the first filled one counts."""

OUTCOMES: Final = frozenset({"PASS", "DISTINCTION", "FAIL", "WITHDRAWN"})

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

_SEPARATORS: Final = re.compile(r"[\n,;\t]")


class UnreadableListError(ValueError):
    """The text isn't a list; the message says why, in a code: EMPTY, TOO_MANY, HEADER, CSV."""


@dataclass(frozen=True)
class Entry:
    """One line of a list. ``column`` says what ``text`` names the student by."""

    line: int
    text: str
    column: str = "id"
    expires_at: datetime | None = None
    outcome: str | None = None
    cells: tuple[tuple[str, str], ...] = ()
    """As they were, to be sent back."""
    problem: str = ""
    """What is wrong with the other cells: EXPIRES_AT, OUTCOME, EMPTY, TOO_LONG."""


def from_paste(text: str) -> list[Entry]:
    """Ids separated by lines, commas, tabs or semicolons. Raises ``UnreadableListError``."""
    entries: list[Entry] = []
    for number, line in enumerate(_clean(text).split("\n"), start=1):
        for part in _SEPARATORS.split(line):
            word = _unguarded(part.strip().strip('"').strip())
            if word:
                problem = "TOO_LONG" if len(word) > MOST_CELL else ""
                entries.append(
                    Entry(number, word[:MOST_CELL], cells=(("id", word),), problem=problem)
                )
        if len(entries) > MOST_ROWS:
            raise UnreadableListError("TOO_MANY")
    if not entries:
        raise UnreadableListError("EMPTY")
    return entries


def from_csv(text: str, zone: ZoneInfo) -> list[Entry]:
    """Rows of a file with a header; dates end with their day in the zone.

    Raises ``UnreadableListError``.
    """
    cleaned = _clean(text)
    if not cleaned.strip():
        raise UnreadableListError("EMPTY")
    reader = csv.reader(io.StringIO(cleaned, newline=""), delimiter=_delimiter(cleaned))
    try:
        header = _header(next(reader))
        entries = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                named = dict(zip(header, cells, strict=False))
                entries.append(_entry(reader.line_num, named, zone))
            if len(entries) > MOST_ROWS:
                raise UnreadableListError("TOO_MANY")
    except (csv.Error, StopIteration) as error:
        raise UnreadableListError("CSV") from error
    if not entries:
        raise UnreadableListError("EMPTY")
    return entries


def rejected_file(rejected: Iterable[tuple[Entry, str]]) -> str:
    """The file of rejected rows with their reasons; no cell of it acts in a spreadsheet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, "reason"])
    for entry, reason in rejected:
        cells = dict(entry.cells)
        writer.writerow([guarded(cells.get(name, "")) for name in COLUMNS] + [guarded(reason)])
    return out.getvalue()


def guarded(cell: str) -> str:
    """The cell, marked as text where a spreadsheet would calculate."""
    risky = cell.startswith(_FORMULA) or (cell.startswith("'") and cell[1:].startswith(_FORMULA))
    return f"'{cell}" if risky else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def _clean(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


def _delimiter(text: str) -> str:
    first_line = text.split("\n", 1)[0]
    return max(",;\t", key=first_line.count)


def _header(cells: list[str]) -> list[str]:
    known = {name.lower(): name for name in COLUMNS}
    names = [re.sub(r"[\s_]", "", cell).lower() for cell in cells]
    header = [known.get(name, "") for name in names]
    if not {"id", "code", "email"} & set(header):
        raise UnreadableListError("HEADER")
    named = [name for name in header if name]
    if len(named) != len(set(named)):
        raise UnreadableListError("HEADER")
    return header


def _entry(line: int, cells: dict[str, str], zone: ZoneInfo) -> Entry:
    kept = {name: _unguarded(cell.strip()) for name, cell in cells.items() if name}
    column = next((name for name in ("id", "code", "email") if kept.get(name)), "id")
    text = kept.get(column, "")
    expires_at, problem = _moment(kept.get("expiresAt", ""), zone)
    outcome = kept.get("outcome", "").upper() or None
    if outcome is not None and outcome not in OUTCOMES:
        problem = "OUTCOME"
    if not text:
        problem = "EMPTY"
    elif len(text) > MOST_CELL:
        problem = "TOO_LONG"
    return Entry(line, text[:MOST_CELL], column, expires_at, outcome, tuple(kept.items()), problem)


def _moment(text: str, zone: ZoneInfo) -> tuple[datetime | None, str]:
    """A date (its end) or a moment (without an offset: the zone's)."""
    if not text:
        return None, ""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = date.fromisoformat(text) + timedelta(days=1)
            found = datetime.combine(day, time(), zone)
        else:
            found = datetime.fromisoformat(text)
            found = found if found.tzinfo else found.replace(tzinfo=zone)
        if not 2000 <= found.year < 2200:
            return None, "EXPIRES_AT"
        return found.astimezone(UTC), ""
    except (ValueError, OverflowError):
        return None, "EXPIRES_AT"
