"""The values that go in and out of the engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from reports.cancellation import Cancellation
from reports.rounding import rounded as rounded  # noqa: PLC0414 - readers of results need it

Cell = None | bool | int | float | Decimal | str | date | datetime | tuple[str, ...]
"""A value of a result. Decimals are exact; an instant is aware, in UTC."""

INTERACTIVE_ROWS = 10_000
"""The rows of an interactive result at most (docs/report-reference.md#limits)."""


class ScopeKind(StrEnum):
    """The kinds of rows that a caller may see (docs/report-reference.md#scope)."""

    INSTITUTION = "institution"
    OWN_COURSES = "ownCourses"
    SELF = "self"
    CHILDREN = "children"


@dataclass(frozen=True)
class Scope:
    """The rows a caller may see, built from the caller's token alone.

    An empty list of ids means no rows, never all of them.
    """

    institution_id: int
    kind: ScopeKind
    course_ids: tuple[int, ...] = ()
    person_ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", ScopeKind(self.kind))
        object.__setattr__(self, "course_ids", tuple(sorted(set(self.course_ids))))
        object.__setattr__(self, "person_ids", tuple(sorted(set(self.person_ids))))
        if self.course_ids and self.kind is not ScopeKind.OWN_COURSES:
            raise ValueError("course ids belong to the scope ownCourses alone")
        if self.person_ids and self.kind not in {ScopeKind.SELF, ScopeKind.CHILDREN}:
            raise ValueError("person ids belong to the scopes self and children alone")
        if self.kind is ScopeKind.SELF and len(self.person_ids) > 1:
            raise ValueError("the scope self is about one person")

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids that the guards compare with."""
        return self.course_ids if self.kind is ScopeKind.OWN_COURSES else self.person_ids

    def digest(self) -> str:
        """SHA-256 of the scope: part of the key of a cached result."""
        text = json.dumps([self.institution_id, self.kind.value, list(self.ids)])
        return hashlib.sha256(text.encode()).hexdigest()

    def to_wire(self) -> dict[str, Any]:
        """Return the scope as a result shows it: the kind and the number of ids, not the ids."""
        if self.kind is ScopeKind.INSTITUTION:
            return {"kind": self.kind.value}
        noun = "courses" if self.kind is ScopeKind.OWN_COURSES else "people"
        return {"kind": self.kind.value, noun: len(self.ids)}


@dataclass(frozen=True)
class SnapshotRef:
    """A snapshot file on this machine, as the catalog of snapshots describes it.

    ``size_bytes`` is checked each time the file is opened; ``file_digest`` identifies the
    bytes (checked when the file was fetched).
    """

    institution_id: int
    snapshot_id: str
    path: str
    file_digest: str
    size_bytes: int


History = Callable[[str], SnapshotRef]
"""Another snapshot of the same institution, by its id or by a moment at which it was the newest.

Raises :class:`~reports.errors.SnapshotUnknown`.
"""


@dataclass(frozen=True)
class Limits:
    """The most that one question may cost. ``rows`` is None for an export: every row."""

    rows: int | None = INTERACTIVE_ROWS
    seconds: float = 30.0
    cancellation: Cancellation | None = None
    """Lets the caller stop it from another thread."""

    @classmethod
    def for_export(cls, seconds: float = 300.0) -> Limits:
        """The limits of an export: every row, and more time."""
        return cls(rows=None, seconds=seconds)


@dataclass(frozen=True)
class Column:
    """A column of a result.

    ``format`` is how to show a value: ``number``, ``percent`` (of a fraction from 0 to 1),
    ``date``, ``datetime``, ``text``, ``boolean``.
    """

    key: str
    label: str
    type: str
    unit: str | None = None
    format: str | None = None
    is_perturbed: bool = False
    """True if its numbers have noise (docs/report-dsl.md#small-groups)."""
    choices: tuple[tuple[str, str], ...] = ()
    """The codes among its texts, each with the label by which a person reads it.

    Not on the wire, whose values are codes: the catalog has the labels in the reader's language.
    """

    def to_wire(self) -> dict[str, str | bool | None]:
        """The column as the API answers it."""
        names = ("key", "label", "type", "unit", "format")
        wire: dict[str, str | bool | None] = {name: getattr(self, name) for name in names}
        return wire | ({"perturbed": True} if self.is_perturbed else {})

    def text(self, value: str) -> str:
        """Return a text as a person reads it: a code by its label."""
        return next((label for code, label in self.choices if code == value), value)


@dataclass(frozen=True)
class Total:
    """A computed total; ``level`` is the number of leading dimensions it keeps (0: grand)."""

    level: int
    row: tuple[Cell, ...]
    suppressed: tuple[int, ...] = ()
    """The columns that are hidden, as they would give away a small group."""

    def to_wire(self) -> dict[str, Any]:
        """The total as the API answers it."""
        wire: dict[str, Any] = {"level": self.level, "row": [wire_value(v) for v in self.row]}
        return wire | ({"suppressed": list(self.suppressed)} if self.suppressed else {})


@dataclass(frozen=True)
class Notice:
    """Something the reader should know about the numbers.

    ``path`` is a JSON pointer to what it is about in the definition; empty: the whole of it.
    """

    code: str
    message: str
    path: str = ""
    hint: str = ""

    def to_wire(self) -> dict[str, str]:
        """The warning as the API answers it."""
        return {"code": self.code, "path": self.path, "message": self.message, "hint": self.hint}


@dataclass(frozen=True)
class SnapshotInfo:
    """The data that the numbers came from."""

    id: str
    taken_at: datetime
    schema_version: int
    time_zone: str

    def to_wire(self) -> dict[str, Any]:
        """The snapshot as the API answers it."""
        return {
            "id": self.id,
            "takenAt": instant_text(self.taken_at),
            "schemaVersion": self.schema_version,
        }


@dataclass(frozen=True)
class ReportMeta:
    """The description of a result; ``ms`` is the time spent, and not reproducible."""

    row_count: int
    total_row_count: int
    ms: float
    truncated: bool
    snapshot: SnapshotInfo
    scope: Scope
    definition_digest: str
    warnings: tuple[Notice, ...] = ()
    cached: bool = False

    def to_wire(self) -> dict[str, Any]:
        """The meta data as the API answers them."""
        return {
            "rowCount": self.row_count,
            "totalRowCount": self.total_row_count,
            "ms": round(self.ms, 1),
            "truncated": self.truncated,
            "cached": self.cached,
            "snapshot": self.snapshot.to_wire(),
            "scope": self.scope.to_wire(),
            "definitionDigest": self.definition_digest,
            "warnings": [w.to_wire() for w in self.warnings],
        }


@dataclass(frozen=True)
class Compared:
    """The rows of another time: one for each of the result's, in its order.

    The cells of a row that has no counterpart are None.
    """

    label: str
    rows: tuple[tuple[Cell, ...], ...]
    suppressed: tuple[tuple[int, int], ...] = ()
    """Row and column of each cell that is hidden, as :attr:`Result.suppressed` has them."""
    totals: tuple[Total, ...] | None = None
    """Computed over the compared time: one for each of the result's totals, in its order."""

    def to_wire(self) -> dict[str, Any]:
        """The comparison as the API answers it."""
        totals = self.totals
        return {
            "label": self.label,
            "rows": [[wire_value(v) for v in row] for row in self.rows],
            "totals": None if totals is None else [t.to_wire() for t in totals],
            "suppressed": [list(pair) for pair in self.suppressed],
        }


@dataclass(frozen=True)
class Result:
    """The answer to a report: the one object behind every output."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Total, ...] | None
    meta: ReportMeta
    definition: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    """The question in words, one sentence each (the second sheet of a workbook says it)."""
    suppressed: tuple[tuple[int, int], ...] = ()
    """Row and column of each cell that is about too few people, or would reveal one."""
    compare: Compared | None = None

    def to_wire(self) -> dict[str, Any]:
        """``data`` of docs/report-reference.md#results, of types that any JSON encoder knows.

        A decimal of up to 15 digits becomes a float that prints as the same digits; a longer
        one stays a ``Decimal``, to be written as a JSON number (:mod:`reports.export` does).
        """
        totals = self.totals
        return {
            "columns": [c.to_wire() for c in self.columns],
            "rows": [[wire_value(v) for v in row] for row in self.rows],
            "totals": None if totals is None else [t.to_wire() for t in totals],
            "compare": self.compare.to_wire() if self.compare else None,
            "suppressed": [list(pair) for pair in self.suppressed],
            "meta": self.meta.to_wire(),
        }


@dataclass(frozen=True)
class Changed:
    """A row that both snapshots have, with other values."""

    before: tuple[Cell, ...]
    after: tuple[Cell, ...]


@dataclass(frozen=True)
class AnswerIdentity:
    """The key of a cached answer: nothing else can change it.

    A snapshot from which a person was erased keeps its id and gets another file, so the files'
    digests count too.
    """

    definition_digest: str
    snapshot_id: str
    snapshot_digest: str
    compared_snapshot_id: str
    compared_snapshot_digest: str
    scope_digest: str
    smallest_group: int
    """The institution's smallest group of people, by the rule in force now."""
    has_noise: bool = False
    """True if numbers have noise in narrowed scopes."""


@dataclass(frozen=True)
class Difference:
    """The changes in a report from one snapshot to another."""

    columns: tuple[Column, ...]
    before: SnapshotInfo
    after: SnapshotInfo
    added: tuple[tuple[Cell, ...], ...]
    removed: tuple[tuple[Cell, ...], ...]
    changed: tuple[Changed, ...]
    same: int
    """The number of rows that both have alike."""

    def to_wire(self, maximum: int | None = None) -> dict[str, Any]:
        """The difference as the API answers it, with at most ``maximum`` rows of each kind."""

        def rows(found: Iterable[tuple[Cell, ...]]) -> list[list[object]]:
            return [[wire_value(v) for v in row] for row in found]

        return {
            "columns": [c.to_wire() for c in self.columns],
            "before": self.before.to_wire(),
            "after": self.after.to_wire(),
            "added": rows(self.added[:maximum]),
            "removed": rows(self.removed[:maximum]),
            "changed": [
                {"before": old, "after": new}
                for old, new in zip(
                    rows(c.before for c in self.changed[:maximum]),
                    rows(c.after for c in self.changed[:maximum]),
                    strict=True,
                )
            ],
            "counts": {
                "added": len(self.added),
                "removed": len(self.removed),
                "changed": len(self.changed),
                "same": self.same,
            },
        }


@dataclass(frozen=True)
class Explanation:
    """A report explained: in words for everybody, in SQL for those allowed to see it."""

    words: tuple[str, ...]
    sql: str
    parameters: Mapping[str, Any]
    tables: tuple[str, ...]
    estimated_rows: int
    """Rows of the tables that are read, before any filter."""

    def to_wire(self, *, with_sql: bool, with_rows: bool = True) -> dict[str, Any]:
        """The explanation as the API answers it; SQL and parameters only if allowed.

        The rows are those of the whole institution: for who sees all of it.
        """
        wire: dict[str, Any] = {
            "words": list(self.words),
            "tables": list(self.tables),
            "estimatedRows": self.estimated_rows if with_rows else None,
        }
        if with_sql:
            shown = {name: wire_value(value) for name, value in self.parameters.items()}
            wire |= {"sql": self.sql, "parameters": shown}
        return wire


def instant_text(moment: datetime) -> str:
    """ISO 8601 in UTC with a ``Z``; a wall clock's time (an hour bucket) as it is."""
    if moment.tzinfo is None:
        return moment.isoformat()
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def wire_value(value: object) -> object:
    """One cell as JSON has it."""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [wire_value(v) for v in value]
    if isinstance(value, Decimal):
        if value == value.to_integral_value():
            return int(value)
        return float(value) if len(value.as_tuple().digits) <= 15 else value
    return value
