"""Answering reports: validate, compile, verify, wait for a turn, run, decode."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from reports.catalog.describe import Translate
from reports.catalog.model import Catalog
from reports.compiler.drill import compile_drill
from reports.compiler.guards import SCOPE_PARAMETER
from reports.compiler.readable import readable
from reports.contracts import (
    Difference,
    Explanation,
    Limits,
    Result,
    SnapshotInfo,
    SnapshotRef,
)
from reports.engine.comparison import other_report
from reports.engine.difference import MAX_ROWS, check_size, difference, keyed
from reports.engine.disclosure.compared import hide_earlier
from reports.engine.drill import check_cell, drilled, read_drill
from reports.engine.noise import check_noise
from reports.engine.pivot import Pivot, pivot_of, rotated
from reports.engine.prepared import Prepared, find_snapshot
from reports.engine.question import PLACEHOLDER, Question
from reports.engine.report_compiler import ReportCompiler
from reports.engine.run import Run, settings_of
from reports.engine.snapshots import EngineSettings, OpenSnapshot, Snapshots
from reports.engine.suppression import Hidden
from reports.engine.turns import Turns
from reports.language.phrases import in_words
from reports.language.report import Report
from reports.requests import ReportRequest


class Engine:
    """Answers reports over snapshots; safe to use from several threads.

    Each method takes a request, or what :meth:`prepare` made of it.
    """

    def __init__(self, settings: EngineSettings | None = None) -> None:
        settings = settings or EngineSettings()
        self._snapshots = Snapshots(settings)
        self._turns = Turns(settings.costly_at_once, settings.costly_from)
        self._compiler = ReportCompiler()

    def prepare(self, request: ReportRequest) -> Prepared:
        """Open the snapshot and validate the definition; see :func:`reports.api.prepare`."""
        return self.bind(request, self._opened(request))

    def bind(self, request: ReportRequest, snapshot: OpenSnapshot) -> Prepared:
        """Validate the definition over an open snapshot or database."""
        report = self._compiler.validate(request.definition, snapshot)
        if report.as_of is not None and snapshot.is_file:
            find_snapshot(report.as_of, "/asOf", request.history)
        return Prepared(request, report, snapshot)

    def run(self, asked: ReportRequest | Prepared) -> Result:
        """Answer a report; see :func:`reports.api.run`."""
        run = self._started(asked)
        question = run.question(run.report, run.snapshot, run.limits.rows)
        with self._turn(run, question):
            return run.result(question)

    def pivot(self, asked: ReportRequest | Prepared) -> Pivot:
        """Answer a report laid out across; see :func:`reports.api.pivot`."""
        if isinstance(asked, Prepared):
            request, snapshot = asked.request, self._prepared(asked).snapshot
        else:  # only the turned definitions need to be valid
            request, snapshot = asked, self._opened(asked)
        sides: list[tuple[Run, Question]] = []
        for definition in rotated(request.definition):
            run = self._started(self.bind(replace(request, definition=definition), snapshot))
            sides.append((run, run.question(run.report, run.snapshot, run.limits.rows)))
        results: list[Result] = []
        for (run, question), (other, turned) in (sides, sides[::-1]):
            with self._turn(run, question):
                results.append(run.result(question, other.companion(turned)))
        return pivot_of(*results)

    def explain(self, asked: ReportRequest | Prepared, translate: Translate = str) -> Explanation:
        """Describe what :meth:`run` would do; see :func:`reports.api.explain`."""
        prepared = self._prepared(asked)
        report, snapshot, scope = prepared.report, prepared.snapshot, prepared.request.scope
        settings = settings_of(scope, snapshot, Limits().rows)
        compiled = self._compiler.compile(report, snapshot, settings)
        values = snapshot.calendar.bind(compiled.parameters)
        if SCOPE_PARAMETER in PLACEHOLDER.findall(compiled.sql):
            values[SCOPE_PARAMETER] = tuple(scope.ids)
        words = in_words(report, snapshot.catalog, translate)
        tables = snapshot.tables_read(compiled.sql)
        rows = snapshot.rows_of(tables)
        return Explanation(words, readable(compiled.sql), values, tables, rows)

    def drill(self, asked: ReportRequest | Prepared, cell: Mapping[str, Any]) -> Result:
        """List the rows behind a cell; see :func:`reports.api.drill`."""
        run = self._started(asked)
        report, snapshot, limits = run.report, run.snapshot, run.limits
        drill = read_drill(cell, report, snapshot)
        if run.prepared.has_noise:
            check_noise(drill.listing, snapshot.catalog)
        if run.prepared.smallest:
            whole = run.question(report, snapshot, None)
            check_cell(report, drill, cell, run.hidden(whole))
        settings = settings_of(run.scope, snapshot, limits.rows)
        compiled = compile_drill(report, snapshot.catalog, settings, drill.cell, snapshot.profile)
        self._compiler.verify(compiled, snapshot, run.scope.kind)
        question = run.asking(drill.listing, compiled, snapshot, limits.rows)
        with self._turn(run, question):
            return drilled(drill, question, cell, run.started)

    def diff(self, request: ReportRequest, before: SnapshotRef) -> Difference:
        """Compare a report's rows in two snapshots; see :func:`reports.api.diff`."""
        found: list[tuple[Report, Hidden]] = []
        institution = request.scope.institution_id
        old, new = (self._snapshots.get(ref, institution) for ref in (before, request.snapshot))
        for snapshot in (old.hiding_as(new), new.hiding_as(old)):
            run = self._started(self.bind(request, snapshot))
            question = run.question(other_report(run.report), snapshot, MAX_ROWS)
            with self._turn(run, question):
                hidden = run.hidden(question)
            check_size(hidden.answer, "/filters")
            found.append((question.report, hidden))
        (earlier, then), (report, now) = found
        answer = hide_earlier((report, earlier), now, then, run.prepared.smallest)
        return difference(
            run.columns,
            (old.info, keyed(earlier, answer)),
            (new.info, keyed(report, now.answer)),
        )

    @contextmanager
    def listing(self, asked: ReportRequest | Prepared) -> Iterator[Question]:
        """Give the turn of a report of rows that is to be streamed, as long as the block runs."""
        run = self._started(asked)
        question = run.question(run.report, run.snapshot, run.limits.rows)
        with self._turn(run, question):
            yield question

    def catalog(self, ref: SnapshotRef) -> Catalog:
        """Return the catalog of a snapshot; see :func:`reports.api.catalog_of`."""
        return self.snapshot(ref, ref.institution_id).catalog

    def snapshot(self, ref: SnapshotRef, institution_id: int) -> OpenSnapshot:
        """Return a snapshot, opened and checked to be the institution's."""
        return self._snapshots.get(ref, institution_id)

    def info(self, ref: SnapshotRef) -> SnapshotInfo:
        """Return the facts of a snapshot that its numbers are shown with."""
        return self._snapshots.get(ref, ref.institution_id).info

    def count_rows(self, asked: ReportRequest | Prepared) -> int:
        """Count the rows of the answer: listed ones without reading them."""
        run = self._started(asked)
        question = run.question(run.report, run.snapshot, run.limits.rows)
        with self._turn(run, question):
            if question.compiled.count_sql is None:
                return run.result(question).meta.total_row_count
            found = int(question.fetch(question.compiled.count_sql)[0][0])
        return found if run.report.limit is None else min(found, run.report.limit)

    def close(self) -> None:
        """Close every open snapshot; the engine can be used again afterwards."""
        self._snapshots.close()

    def _opened(self, request: ReportRequest) -> OpenSnapshot:
        """Open the snapshot that ``asOf`` names, or else the newest."""
        definition, institution = request.definition, request.scope.institution_id
        name = definition.get("asOf") if isinstance(definition, Mapping) else None
        # Validation refuses what isn't a text, with everything else that is wrong.
        if not isinstance(name, str):
            return self._snapshots.get(request.snapshot, institution)
        ref = find_snapshot(name, "/asOf", request.history)
        newest = self._snapshots.get(request.snapshot, institution)
        return self._snapshots.get(ref, institution).hiding_as(newest)

    def _prepared(self, asked: ReportRequest | Prepared) -> Prepared:
        """Prepare a request, or again one whose snapshot was opened anew since."""
        if not isinstance(asked, Prepared):
            return self.prepare(asked)
        if asked.snapshot.is_file:
            return asked
        current = self._opened(asked.request)
        is_current = current.connection is asked.snapshot.connection
        return asked if is_current else self.bind(asked.request, current)

    def _started(self, asked: ReportRequest | Prepared) -> Run:
        started = time.perf_counter()
        prepared = self._prepared(asked)
        if prepared.has_noise:
            check_noise(prepared.report, prepared.snapshot.catalog)
        return Run(prepared, self._compiler, self._snapshots, started)

    @contextmanager
    def _turn(self, run: Run, question: Question) -> Iterator[None]:
        snapshot = question.snapshot
        rows = snapshot.rows_of(snapshot.tables_read(question.compiled.sql))
        institution = run.scope.institution_id
        try:
            with self._turns.turn(institution, rows, run.deadline, run.limits.cancellation):
                yield
        finally:
            if self._turns.is_costly(rows):
                self._snapshots.trim()
