"""Answering a report: validate, compile, verify, run, decode."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from reports.catalog.model import Catalogue
from reports.compiler.compile import Compiled, Settings, compile_report
from reports.compiler.guards import SCOPE_PARAMETER
from reports.contracts import (
    Explanation,
    Limits,
    Notice,
    ReportMeta,
    Result,
    Scope,
    SnapshotRef,
)
from reports.engine.decode import Answer, columns_of, decode_cells, decode_listing
from reports.engine.execute import fetch
from reports.engine.snapshots import EngineSettings, OpenSnapshot, Snapshots
from reports.engine.verify import Verifier
from reports.language.phrases import in_words
from reports.language.report import Report
from reports.language.validate import validate_definition

_MOST_COMPILED: Final = 1_024
_PLACEHOLDER: Final = re.compile(r"\$([a-z][a-z0-9]*)")


class Engine:
    """Runs reports over snapshots; safe to use from several threads."""

    def __init__(self, settings: EngineSettings | None = None) -> None:
        self._snapshots = Snapshots(settings or EngineSettings())
        self._verifier = Verifier()
        self._compiled: OrderedDict[tuple[str, str, Settings], Compiled] = OrderedDict()
        self._lock = threading.Lock()

    def run(
        self, definition: Mapping[str, Any], scope: Scope, ref: SnapshotRef, limits: Limits
    ) -> Result:
        """The answer; see :func:`reports.api.run`."""
        started = time.perf_counter()
        snapshot = self._snapshots.get(ref, scope.institution_id)
        report = validate_definition(definition, snapshot.catalogue)
        settings = Settings(scope.kind, snapshot.calendar.first_weekday, limits.rows)
        compiled = self._compile(report, snapshot, settings)
        question = _Question(report, compiled, scope, snapshot, limits)
        answer = question.answer()
        meta = ReportMeta(
            row_count=len(answer.rows),
            total_row_count=answer.total_row_count,
            ms=(time.perf_counter() - started) * 1_000,
            truncated=_is_cut_by_cap(report, limits, answer),
            snapshot=snapshot.info,
            scope=scope,
            definition_digest=report.digest,
            warnings=question.notices(answer),
        )
        return Result(
            columns_of(report),
            answer.rows,
            answer.totals,
            meta,
            report.definition,
            in_words(report, snapshot.catalogue),
        )

    def catalogue(self, ref: SnapshotRef) -> Catalogue:
        """What can be asked of the snapshot; see :func:`reports.api.catalogue_of`."""
        return self._snapshots.get(ref, ref.institution_id).catalogue

    def explain(self, definition: Mapping[str, Any], scope: Scope, ref: SnapshotRef) -> Explanation:
        """What ``run`` would do; see :func:`reports.api.explain`."""
        snapshot = self._snapshots.get(ref, scope.institution_id)
        report = validate_definition(definition, snapshot.catalogue)
        cap = Limits().rows
        settings = Settings(scope.kind, snapshot.calendar.first_weekday, cap)
        compiled = self._compile(report, snapshot, settings)
        values = snapshot.calendar.bind(compiled.parameters)
        if SCOPE_PARAMETER in _PLACEHOLDER.findall(compiled.sql):
            values[SCOPE_PARAMETER] = tuple(scope.ids)
        tables = tuple(
            name
            for name in sorted(snapshot.catalogue.tables_by_name)
            if f'FROM "{name}"' in compiled.sql
        )
        facts = snapshot.manifest.tables
        rows = sum(facts[name].rows for name in tables if name in facts)
        words = in_words(report, snapshot.catalogue)
        return Explanation(words, compiled.sql, values, tables, rows)

    def _compile(self, report: Report, snapshot: OpenSnapshot, settings: Settings) -> Compiled:
        # What is known of the snapshot's references shapes the SQL, so it is part of the key.
        key = (report.digest, snapshot.key, settings)
        with self._lock:
            if (found := self._compiled.get(key)) is not None:
                self._compiled.move_to_end(key)
        if found is None:
            found = compile_report(
                report, snapshot.catalogue, settings, snapshot.parents.are_complete
            )
            with self._lock:
                self._compiled[key] = found
                if len(self._compiled) > _MOST_COMPILED:
                    self._compiled.popitem(last=False)
        for sql in found.statements:
            self._verifier.check(sql, snapshot.catalogue, settings.kind)
        return found

    def close(self) -> None:
        """Close every open snapshot; the engine can be used again afterwards."""
        self._snapshots.close()
        self._verifier.close()


class _Question:
    """One run of a compiled report."""

    def __init__(
        self,
        report: Report,
        compiled: Compiled,
        scope: Scope,
        snapshot: OpenSnapshot,
        limits: Limits,
    ) -> None:
        self._report = report
        self._compiled = compiled
        self._snapshot = snapshot
        self._deadline = time.perf_counter() + limits.seconds
        self._limits = limits
        self._values = snapshot.calendar.bind(compiled.parameters)
        self._values[SCOPE_PARAMETER] = list(scope.ids)

    def answer(self) -> Answer:
        """The rows and totals, with the full count of rows."""
        rows = self._fetch(self._compiled.sql)
        if self._report.mode != "rows":
            return decode_cells(self._report, rows)
        shown = decode_listing(self._report, rows)
        limits = [n for n in (self._report.limit, self._limits.rows) if n is not None]
        if not limits or len(rows) < min(limits) or self._compiled.count_sql is None:
            return Answer(shown, None, len(shown))
        counted = self._fetch(self._compiled.count_sql)[0][0]
        return Answer(shown, None, counted)

    def _fetch(self, sql: str) -> list[tuple[Any, ...]]:
        wanted = set(_PLACEHOLDER.findall(sql))
        values = {name: value for name, value in self._values.items() if name in wanted}
        left = max(self._deadline - time.perf_counter(), 0.001)
        return fetch(self._snapshot.connection, sql, values, left)

    def notices(self, answer: Answer) -> tuple[Notice, ...]:
        """What the reader should know."""
        found: list[Notice] = []
        smallest = self._snapshot.manifest.min_group_size
        if smallest > 1 and self._report.mode != "rows":
            text = f"Groups of fewer than {smallest} people are not hidden in this version."
            found.append(Notice("SMALL_GROUPS_SHOWN", text))
        if len(answer.rows) < answer.total_row_count:
            text = f"{len(answer.rows)} of {answer.total_row_count} rows are shown"
            tail = "; totals cover all of them." if answer.totals else "."
            found.append(Notice("ROWS_CUT", text + tail))
        if self._compiled.undated_sql:
            counts = self._fetch(self._compiled.undated_sql)[0]
            for entity, count in zip(self._compiled.undated_entities, counts, strict=True):
                if count:
                    text = f"{count} rows of {entity} have no date and are in no bucket."
                    found.append(Notice("UNDATED_ROWS", text))
        return tuple(found)


def _is_cut_by_cap(report: Report, limits: Limits, answer: Answer) -> bool:
    """Whether the interactive cap, not the report's own limit, cut the rows."""
    if limits.rows is None:
        return False
    wanted = answer.total_row_count
    if report.limit is not None:
        wanted = min(wanted, report.limit)
    return wanted > len(answer.rows)
