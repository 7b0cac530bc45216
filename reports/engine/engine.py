"""Answering reports: validate, compile, verify, wait for a turn, run, decode."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from reports.catalog.model import Catalogue
from reports.compiler.compile import Compiled, compile_report
from reports.compiler.drill import compile_drill
from reports.compiler.guards import SCOPE_PARAMETER
from reports.compiler.readable import readable
from reports.compiler.settings import Settings
from reports.contracts import (
    Difference,
    Explanation,
    History,
    Limits,
    Result,
    Scope,
    ScopeKind,
    SnapshotRef,
)
from reports.engine.comparison import other_report
from reports.engine.difference import MOST_ROWS, check_size, difference, keyed
from reports.engine.disclosure.compared import hide_earlier
from reports.engine.drill import check_cell, drilled, read_drill
from reports.engine.noise import check_noise
from reports.engine.pivot import Pivot, pivot_of, rotated
from reports.engine.question import PLACEHOLDER, Question
from reports.engine.run import Run, Tools, find_snapshot, settings_of
from reports.engine.snapshots import EngineSettings, OpenSnapshot, Snapshots
from reports.engine.suppression import Hidden
from reports.engine.turns import Turns
from reports.engine.verify import Verifier
from reports.language.phrases import in_words
from reports.language.report import Report
from reports.language.validate import validate_definition
from reports.remembered import Remembered

_REPORTS_BYTES: Final = 32 * 1024**2
_COMPILED_BYTES: Final = 32 * 1024**2
_OF_A_REPORT: Final = 12
"""What a report costs for each byte of its definition, measured (tests hold it)."""
_OF_A_STATEMENT: Final = 4
_OF_AN_ENTRY: Final = 4_096


class Engine:
    """Runs reports over snapshots; safe to use from several threads."""

    def __init__(self, settings: EngineSettings | None = None) -> None:
        settings = settings or EngineSettings()
        self._snapshots = Snapshots(settings)
        self._turns = Turns(settings.costly_at_once, settings.costly_from)
        self._verifier = Verifier()
        self._compiled = Remembered[tuple[str, str, Settings], Compiled](_COMPILED_BYTES)
        self._reports = Remembered[tuple[str, str], Report](_REPORTS_BYTES)
        self._tools = Tools(self._validated, self._compile, self._snapshots.get)

    # -- what is asked of it

    def run(
        self,
        definition: Mapping[str, Any],
        scope: Scope,
        ref: SnapshotRef,
        limits: Limits,
        history: History | None = None,
    ) -> Result:
        """The answer; see :func:`reports.api.run`."""
        snapshot = self._opened(definition, scope, ref, history)
        return self.run_on(snapshot, definition, scope, limits, history)

    def run_on(
        self,
        snapshot: OpenSnapshot,
        definition: Mapping[str, Any],
        scope: Scope,
        limits: Limits,
        history: History | None = None,
    ) -> Result:
        """The answer over an open snapshot or database."""
        run = self._started(snapshot, definition, scope, limits, history)
        question = run.question(run.report, snapshot, limits.rows)
        with self._turn(run, question):
            return run.result(question, history)

    def pivot(
        self,
        definition: Mapping[str, Any],
        scope: Scope,
        ref: SnapshotRef,
        limits: Limits,
        history: History | None = None,
    ) -> Pivot:
        """The answer laid out across; see :func:`reports.api.pivot`."""
        snapshot = self._opened(definition, scope, ref, history)
        return self.pivot_on(snapshot, definition, scope, limits, history)

    def pivot_on(
        self,
        snapshot: OpenSnapshot,
        definition: Mapping[str, Any],
        scope: Scope,
        limits: Limits,
        history: History | None = None,
    ) -> Pivot:
        """The answer over an open snapshot or database, laid out across."""
        sides: list[tuple[Run, Question]] = []
        for made in rotated(definition):
            run = self._started(snapshot, made, scope, limits, history)
            sides.append((run, run.question(run.report, snapshot, limits.rows)))
        results: list[Result] = []
        for (run, question), (other, turned) in (sides, sides[::-1]):
            with self._turn(run, question):
                results.append(run.result(question, history, other.beside(turned)))
        return pivot_of(*results)

    def explain(
        self,
        definition: Mapping[str, Any],
        scope: Scope,
        ref: SnapshotRef,
        history: History | None = None,
    ) -> Explanation:
        """What ``run`` would do; see :func:`reports.api.explain`."""
        return self.explain_on(self._opened(definition, scope, ref, history), definition, scope)

    def explain_on(
        self, snapshot: OpenSnapshot, definition: Mapping[str, Any], scope: Scope
    ) -> Explanation:
        """What ``run_on`` would do."""
        report = self._validated(definition, snapshot)
        compiled = self._compile(report, snapshot, settings_of(scope, snapshot, Limits().rows))
        values = snapshot.calendar.bind(compiled.parameters)
        if SCOPE_PARAMETER in PLACEHOLDER.findall(compiled.sql):
            values[SCOPE_PARAMETER] = tuple(scope.ids)
        words = in_words(report, snapshot.catalogue)
        tables = snapshot.tables_read(compiled.sql)
        rows = snapshot.rows_of(tables)
        return Explanation(words, readable(compiled.sql), values, tables, rows)

    def drill(
        self,
        definition: Mapping[str, Any],
        cell: Mapping[str, Any],
        scope: Scope,
        ref: SnapshotRef,
        limits: Limits,
        history: History | None = None,
    ) -> Result:
        """The rows behind a cell; see :func:`reports.api.drill`."""
        snapshot = self._opened(definition, scope, ref, history)
        return self.drill_on(snapshot, definition, cell, scope, limits)

    def drill_on(
        self,
        snapshot: OpenSnapshot,
        definition: Mapping[str, Any],
        cell: Mapping[str, Any],
        scope: Scope,
        limits: Limits,
    ) -> Result:
        """The rows behind a cell over an open snapshot or database."""
        run = self._started(snapshot, definition, scope, limits, None)
        report = run.report
        drill = read_drill(cell, report, snapshot)
        if run.has_noise:
            check_noise(drill.listing, snapshot.catalogue)
        if run.smallest:
            whole = run.question(report, snapshot, None)
            check_cell(report, drill, cell, run.hidden(whole))
        settings = settings_of(scope, snapshot, limits.rows)
        compiled = compile_drill(
            report, snapshot.catalogue, settings, drill.cell, snapshot.are_complete
        )
        self._verify(compiled, snapshot, scope.kind)
        question = Question(
            drill.listing, compiled, scope, snapshot, limits.rows, run.deadline, limits.cancellation
        )
        with self._turn(run, question):
            return drilled(drill, question, cell, run.started)

    def diff(
        self,
        definition: Mapping[str, Any],
        scope: Scope,
        before: SnapshotRef,
        after: SnapshotRef,
        limits: Limits,
    ) -> Difference:
        """What changed between two snapshots; see :func:`reports.api.diff`."""
        found: list[tuple[Report, Hidden]] = []
        old, new = (self._snapshots.get(ref, scope.institution_id) for ref in (before, after))
        for snapshot in (old.hiding_as(new), new.hiding_as(old)):
            run = self._started(snapshot, definition, scope, limits, None)
            question = run.question(other_report(run.report), snapshot, MOST_ROWS)
            with self._turn(run, question):
                hidden = run.hidden(question)
            check_size(hidden.answer, "/filters")
            found.append((question.report, hidden))
        (earlier, then), (report, now) = found
        answer = hide_earlier((report, earlier), now, then, run.smallest)
        return difference(
            run.columns,
            (old.info, keyed(earlier, answer)),
            (new.info, keyed(report, now.answer)),
        )

    @contextmanager
    def listing(
        self,
        definition: Mapping[str, Any],
        scope: Scope,
        ref: SnapshotRef,
        limits: Limits,
        history: History | None = None,
    ) -> Iterator[Question]:
        """A report of rows that is to be streamed, while it has its turn."""
        snapshot = self._opened(definition, scope, ref, history)
        run = self._started(snapshot, definition, scope, limits, history)
        question = run.question(run.report, snapshot, limits.rows)
        with self._turn(run, question):
            yield question

    def report(
        self,
        definition: Mapping[str, Any],
        scope: Scope,
        ref: SnapshotRef,
        history: History | None = None,
    ) -> tuple[Report, OpenSnapshot]:
        """The definition bound to the snapshot that would answer it."""
        snapshot = self._opened(definition, scope, ref, history)
        return self._validated(definition, snapshot), snapshot

    def catalogue(self, ref: SnapshotRef) -> Catalogue:
        """What can be asked of the snapshot; see :func:`reports.api.catalogue_of`."""
        return self._snapshots.get(ref, ref.institution_id).catalogue

    def close(self) -> None:
        """Close every open snapshot; the engine can be used again afterwards."""
        self._snapshots.close()

    # -- how it is done

    def _opened(
        self,
        definition: Mapping[str, Any],
        scope: Scope,
        newest: SnapshotRef,
        history: History | None,
    ) -> OpenSnapshot:
        """The snapshot that ``asOf`` names, or the newest."""
        name = definition.get("asOf") if isinstance(definition, Mapping) else None
        # What isn't a text is refused, with everything else that is wrong, by validation.
        if not isinstance(name, str):
            return self._snapshots.get(newest, scope.institution_id)
        ref = find_snapshot(name, "/asOf", history)
        today = self._snapshots.get(newest, scope.institution_id)
        return self._snapshots.get(ref, scope.institution_id).hiding_as(today)

    def _started(
        self,
        snapshot: OpenSnapshot,
        definition: Mapping[str, Any],
        scope: Scope,
        limits: Limits,
        history: History | None,
    ) -> Run:
        started = time.perf_counter()
        report = self._validated(definition, snapshot)
        if report.as_of is not None and snapshot.is_file:
            find_snapshot(report.as_of, "/asOf", history)
        run = Run(report, scope, snapshot, limits, self._tools, started)
        if run.has_noise:
            check_noise(report, snapshot.catalogue)
        return run

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

    def _validated(self, definition: Mapping[str, Any], snapshot: OpenSnapshot) -> Report:
        """The definition bound to the catalogue; one that was seen before is only looked up."""
        try:
            key = (json.dumps(definition), snapshot.catalogue.digest)
        except (TypeError, ValueError, RecursionError):
            return validate_definition(definition, snapshot.catalogue)
        if (found := self._reports.get(key)) is not None:
            return found
        found = validate_definition(definition, snapshot.catalogue)
        self._reports.put(key, found, _OF_A_REPORT * len(key[0]) + _OF_AN_ENTRY)
        return found

    def _compile(self, report: Report, snapshot: OpenSnapshot, settings: Settings) -> Compiled:
        # What is known of the snapshot's references shapes the SQL, so it is part of the key.
        key = (report.digest, snapshot.key, settings)
        if (found := self._compiled.get(key)) is not None:
            return found
        found = compile_report(report, snapshot.catalogue, settings, snapshot.are_complete)
        self._verify(found, snapshot, settings.kind)
        # Beside the statements the values of the definition, as parameters.
        text = sum(map(len, found.statements)) + len(json.dumps(report.definition, default=str))
        self._compiled.put(key, found, _OF_A_STATEMENT * text + _OF_AN_ENTRY)
        return found

    def _verify(self, compiled: Compiled, snapshot: OpenSnapshot, kind: ScopeKind) -> None:
        for sql in compiled.statements:
            self._verifier.check(sql, snapshot.catalogue, kind)
            snapshot.check_has(sql)
