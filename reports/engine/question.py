"""One run of a compiled report over one open snapshot, inside one scope."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from reports.cancellation import Cancellation
from reports.compiler.buckets import BUCKETS_WITH_GAPS
from reports.compiler.compile import Compiled
from reports.compiler.guards import SCOPE_PARAMETER
from reports.compiler.parameters import Zone
from reports.compiler.perturbation import KEY_PARAMETER
from reports.contracts import Notice, Scope
from reports.engine.decode import Answer, decode_cells, decode_listing
from reports.engine.execute import fetch
from reports.engine.ranges import range_notices
from reports.engine.snapshots import OpenSnapshot
from reports.errors import ReportFailed
from reports.language.report import Report
from reports.zones import known_difference

PLACEHOLDER: Final = re.compile(r"\$([a-z][a-z0-9]*)")


@dataclass(frozen=True)
class Question:
    """Compiled statements ready to run. ``cap``: the most rows that are wanted.

    ``deadline`` is on the clock of ``time.perf_counter``.
    """

    report: Report
    compiled: Compiled
    scope: Scope
    snapshot: OpenSnapshot
    cap: int | None
    deadline: float
    cancellation: Cancellation | None = None

    @cached_property
    def _values(self) -> dict[str, Any]:
        values = self.snapshot.calendar.bind(self.compiled.parameters)
        # The key of the noise is bound here alone, so that no explanation reveals it.
        noise = self.snapshot.manifest.perturbation_key
        return values | {SCOPE_PARAMETER: list(self.scope.ids), KEY_PARAMETER: noise}

    def answer(self) -> Answer:
        """The rows and totals, with the full count of rows."""
        rows = self._rows()
        calendar = self.snapshot.calendar
        if self.report.mode != "rows":
            return decode_cells(self.report, calendar, rows)
        shown = decode_listing(self.report, calendar, rows)
        limits = [n for n in (self.report.limit, self.cap) if n is not None]
        if not limits or len(rows) < min(limits) or self.compiled.count_sql is None:
            return Answer(shown, None, len(shown), keys=self._keys(rows))
        counted = self.fetch(self.compiled.count_sql)[0][0]
        return Answer(shown, None, counted, keys=self._keys(rows))

    def _rows(self) -> list[tuple[Any, ...]]:
        """The statement's rows; where its numbers are too large, those of one for larger ones."""
        if self.compiled.larger_sql is None:
            return self.fetch(self.compiled.sql)
        with suppress(ReportFailed):
            return self.fetch(self.compiled.sql)
        return self.fetch(self.compiled.larger_sql)

    def _keys(self, rows: list[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
        width = len(self.report.columns)
        return tuple(row[width:] for row in rows)

    def _undated(self, entity: str, count: int, *, shows_counts: bool) -> str:
        some = count if shows_counts else "Some"
        time = self.report.time
        if time is not None and time.bucket in BUCKETS_WITH_GAPS:
            return f"{some} rows of {entity} have no date in any term and are in no bucket."
        return f"{some} rows of {entity} have no date and are in no bucket."

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement, within what is left of the time."""
        left = max(self.deadline - time.perf_counter(), 0.001)
        values = self.values_of(sql)
        with self.snapshot.reading():
            return fetch(self.snapshot.connection, sql, values, left, self.cancellation)

    def values_of(self, sql: str) -> dict[str, Any]:
        """The values of a statement's parameters."""
        wanted = set(PLACEHOLDER.findall(sql))
        return {name: value for name, value in self._values.items() if name in wanted}

    def notices(self, answer: Answer, *, shows_counts: bool) -> tuple[Notice, ...]:
        """Return the notices for the reader; ``shows_counts``: of how many rows."""
        found = list(range_notices(self.report, self.snapshot.calendar))
        if len(answer.rows) < answer.total_row_count:
            shown, total = len(answer.rows), answer.total_row_count
            text = f"{shown} of {total} rows are shown."
            if answer.totals:
                text = f"{shown} of {total} rows are shown; totals cover all of them."
            found.append(Notice("ROWS_CUT", text))
        if self.compiled.undated_sql:
            counts = self.fetch(self.compiled.undated_sql)[0]
            for entity, count in zip(self.compiled.undated_entities, counts, strict=True):
                if count:
                    text = self._undated(entity, count, shows_counts=shows_counts)
                    found.append(Notice("UNDATED_ROWS", text))
        found += self.moved_notices(shows_counts=shows_counts)
        found += self._of_zone()
        return tuple(found)

    def moved_notices(self, *, shows_counts: bool) -> tuple[Notice, ...]:
        """That rows of an earlier time are in no cell, as their day or hour isn't there later."""
        if self.compiled.left_sql is None:
            return ()
        counts = self.fetch(self.compiled.left_sql)[0]
        found: list[Notice] = []
        for entity, count in zip(self.compiled.left_entities, counts, strict=True):
            if count:
                some = count if shows_counts else "Some"
                text = (
                    f"{some} rows of {entity} are in no cell: "
                    "the later time has no such day or hour."
                )
                if some == 1:
                    text = (
                        f"1 row of {entity} is in no cell: the later time has no such day or hour."
                    )
                found.append(Notice("MOVED_TO_NO_BUCKET", text))
        return tuple(found)

    def _of_zone(self) -> list[Notice]:
        """Warn where DuckDB's time zones differ and the statement uses them."""
        info = self.snapshot.info
        since = known_difference(info.time_zone, info.taken_at)
        uses = any(isinstance(value, Zone) for value in self.compiled.parameters.values())
        if since is None or not uses:
            return []
        text = (
            f"Hours and days of {info.time_zone} may be wrong from {since} UTC on: the database's "
            "rules of this time zone are not those in force."
        )
        hint = "Ask the administrator of the installation; the cause is in its log."
        return [Notice("ZONE_DIFFERS", text, hint=hint)]
