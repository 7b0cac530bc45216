"""Lists of students as people paste them or export them: parsing, and the file of what failed.

Pure text in, rows out. The file of rejected rows has the columns that the parser reads, plus
``reason``, which it doesn't: corrected, it can be sent again as it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from optilearn.core.spreadsheets import (
    UnreadableTableError,
    cleaned,
    guarded,
    read_table,
    unguarded,
)

MAX_ROWS: Final = 10_000
MAX_CELL: Final = 400

COLUMNS: Final = ("id", "code", "email", "expiresAt", "outcome")
"""The columns of a file. ``id`` is anything that names a student; the first filled one counts."""

OUTCOMES: Final = frozenset({"PASS", "DISTINCTION", "FAIL", "WITHDRAWN"})

_QUOTES: Final = '"“”„‟«»‘’‚'
"""Straight ones, and those that word processors make of them."""

_ADDRESS: Final = re.compile(
    r"(?:[^<>]*<\s*(?:mailto:)?(?P<inner>[^<>]+)>|mailto:(?P<plain>[^<>]+?)(?:\?.*)?)",
    re.IGNORECASE,
)
"""``Name <address>``, ``<address>``, ``mailto:address``."""

_HEADS: Final = {
    "student": "id",
    "studentid": "id",
    "admissionnumber": "code",
    "admissionno": "code",
    "rollnumber": "code",
    "rollno": "code",
    "studentcode": "code",
    "mail": "email",
    "emailaddress": "email",
    "mailaddress": "email",
    "expires": "expiresAt",
    "end": "expiresAt",
    "enddate": "expiresAt",
    "validuntil": "expiresAt",
    "result": "outcome",
}
"""Heads of columns as people and other programs write them, letters only."""

_SEPARATORS: Final = re.compile(r"[;\t]")
"""Besides the comma, which also stands in ``Last, First <address>``."""


_SURNAME: Final = re.compile(r"[^\d@]*[^\W\d_][^\d@]*")
"""A surname before the comma of ``Last, First <address>``: no code and no address."""


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
    """The problem of the other cells: EXPIRES_AT, OUTCOME, EMPTY, TOO_LONG."""


def from_paste(text: str) -> list[Entry]:
    """Ids separated by lines, commas, tabs or semicolons. Raises ``UnreadableListError``."""
    entries: list[Entry] = []
    for number, line in enumerate(cleaned(text).split("\n"), start=1):
        for part in _parts(line):
            word = _named(unguarded(part.strip().strip(_QUOTES).strip()))
            if word:
                problem = "TOO_LONG" if len(word) > MAX_CELL else ""
                entries.append(
                    Entry(number, word[:MAX_CELL], cells=(("id", word),), problem=problem)
                )
        if len(entries) > MAX_ROWS:
            raise UnreadableListError("TOO_MANY")
    if not entries:
        raise UnreadableListError("EMPTY")
    return entries


def from_csv(text: str, zone: ZoneInfo) -> list[Entry]:
    """Rows of a file with a header; dates end with their day in the zone.

    Raises ``UnreadableListError``.
    """
    try:
        table = read_table(text, max_rows=MAX_ROWS)
    except UnreadableTableError as error:
        raise UnreadableListError(str(error)) from error
    header = _header(table.header)
    entries = []
    for line, cells in table.rows:
        # A comma in an only column separates nothing.
        whole = cells if len(header) > 1 else [table.delimiter.join(cells)]
        entries.append(_entry(line, dict(zip(header, whole, strict=False)), zone))
    return entries


def rejected_file(rejected: Iterable[tuple[Entry, str]]) -> str:
    """Return the file of rejected rows with their reasons; no cell of it acts in a spreadsheet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, "reason"])
    for entry, reason in rejected:
        cells = dict(entry.cells)
        writer.writerow([guarded(cells.get(name, "")) for name in COLUMNS] + [guarded(reason)])
    return out.getvalue()


def _named(word: str) -> str:
    """Return the address in what mail programs and browsers copy; anything else as it is."""
    found = _ADDRESS.fullmatch(word)
    return (found["inner"] or found["plain"]).strip() if found else word


def _parts(line: str) -> Iterator[str]:
    """Yield the parts between separators; a comma before a first name and an address is none."""
    for segment in _SEPARATORS.split(line):
        held: list[str] = []
        for part in segment.split(","):
            first, bracket, _ = part.partition("<")
            if not bracket:
                held.append(part)
                continue
            is_surname = first.strip() and len(held) == 1 and _SURNAME.fullmatch(held[0])
            yield from [] if is_surname else held
            held = []
            yield part
        yield from held


def _header(cells: list[str]) -> list[str]:
    known = _HEADS | {name.lower(): name for name in COLUMNS}
    names = [re.sub(r"[\W_]", "", cell).lower() for cell in cells]
    header = [known.get(name, "") for name in names]
    if not {"id", "code", "email"} & set(header):
        raise UnreadableListError("HEADER")
    named = [name for name in header if name]
    if len(named) != len(set(named)):
        raise UnreadableListError("HEADER")
    return header


def _entry(line: int, cells: dict[str, str], zone: ZoneInfo) -> Entry:
    tidy = {name: unguarded(cell.strip()) for name, cell in cells.items() if name}
    column = next((name for name in ("id", "code", "email") if tidy.get(name)), "id")
    text = _named(tidy.get(column, "").strip(_QUOTES).strip())
    expires_at, problem = _moment(tidy.get("expiresAt", ""), zone)
    outcome = tidy.get("outcome", "").upper() or None
    if outcome is not None and outcome not in OUTCOMES:
        problem = "OUTCOME"
    if not text:
        problem = "EMPTY"
    elif len(text) > MAX_CELL:
        problem = "TOO_LONG"
    return Entry(line, text[:MAX_CELL], column, expires_at, outcome, tuple(tidy.items()), problem)


def _moment(text: str, zone: ZoneInfo) -> tuple[datetime | None, str]:
    """Return a date (its end) or a moment (without an offset: the zone's)."""
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
