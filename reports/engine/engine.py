"""Answering a report: validate, compile, verify, run, decode."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from reports.catalog.model import Catalogue
from reports.compiler.compile import Compiled, compile_report
from reports.compiler.drill import compile_drill
from reports.compiler.guards import SCOPE_PARAMETER
from reports.compiler.settings import Settings
from reports.contracts import (
    Compared,
    Difference,
    Explanation,
    History,
    Limits,
    Notice,
    ReportMeta,
    Result,
    Scope,
    SnapshotRef,
)
from reports.engine.comparison import earlier_report, line_up, other_report
from reports.engine.decode import Answer, columns_of
from reports.engine.difference import MOST_ROWS, check_size, difference, keyed
from reports.engine.drill import check_cell, drilled, read_drill
from reports.engine.question import PLACEHOLDER, Question
from reports.engine.snapshots import EngineSettings, OpenSnapshot, Snapshots
from reports.engine.suppression import Hidden, check_hidden, hide, smallest_group, whole
from reports.engine.verify import Verifier
from reports.errors import Problem, ReportInvalid, SnapshotUnknown
from reports.language.phrases import in_words
from reports.language.report import Report
from reports.language.validate import validate_definition

_MOST_COMPILED: Final = 1_024


class Engine:
    """Runs reports over snapshots; safe to use from several threads."""

    def __init__(self, settings: EngineSettings | None = None) -> None:
        self._snapshots = Snapshots(settings or EngineSettings())
        self._verifier = Verifier()
        self._compiled: OrderedDict[tuple[str, str, Settings], Compiled] = OrderedDict()
        self._lock = threading.Lock()

    def run(
        self,
        definition: Mapping[str, Any],
        scope: Scope,
        ref: SnapshotRef,
        limits: Limits,
        history: History | None = None,
    ) -> Result:
        """The answer; see :func:`reports.api.run`."""
        ref = _as_of(definition, ref, history)
        snapshot = self._snapshots.get(ref, scope.institution_id)
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
        started = time.perf_counter()
        if history is None and isinstance(definition, Mapping) and definition.get("asOf"):
            _find("", "/asOf", None)
        report = validate_definition(definition, snapshot.catalogue)
        deadline = started + limits.seconds
        smallest = smallest_group(snapshot.manifest.min_group_size, scope, report)
        question = self._question(report, scope, snapshot, limits.rows, deadline)
        hidden = self._hidden(question, smallest) if smallest else Hidden(question.answer())
        answer = hidden.answer
        compared, left = self._compared(question, answer, history, smallest)
        meta = ReportMeta(
            row_count=len(answer.rows),
            total_row_count=answer.total_row_count,
            ms=(time.perf_counter() - started) * 1_000,
            truncated=_is_cut_by_cap(report, limits, answer),
            snapshot=snapshot.info,
            scope=scope,
            definition_digest=report.digest,
            warnings=(*question.notices(answer), *hidden.notices, *left),
        )
        return Result(
            columns_of(report),
            answer.rows,
            answer.totals,
            meta,
            report.definition,
            in_words(report, snapshot.catalogue),
            hidden.suppressed,
            compared,
        )

    def _question(
        self,
        report: Report,
        scope: Scope,
        snapshot: OpenSnapshot,
        cap: int | None,
        deadline: float,
    ) -> Question:
        compiled = self._compile(report, snapshot, _settings(scope, snapshot, cap))
        return Question(report, compiled, scope, snapshot, cap, deadline)

    def _hidden(self, question: Question, smallest: int) -> Hidden:
        """The answer with its small cells hidden."""
        report = question.report
        check_hidden(report)
        limits = [n for n in (report.limit, question.cap) if n is not None]
        limit = min(limits) if limits else None
        in_order = any(m.calc and m.calc.needs_order for m in report.measures)
        hidden = hide(report, self._of_people(question, in_order=in_order), smallest, limit)
        if in_order and report.sort and hidden.suppressed:
            # The order by a hidden number would tell it: begin with that of the groups.
            answer = self._of_people(question, in_order=False)
            hidden = hide(report, answer, smallest, limit)
        return hidden

    def _of_people(self, question: Question, *, in_order: bool) -> Answer:
        report = whole(question.report, in_order=in_order)
        scope, snapshot = question.scope, question.snapshot
        settings = replace(_settings(scope, snapshot, None), counts_people=True)
        compiled = self._compile(report, snapshot, settings)
        return Question(report, compiled, scope, snapshot, None, question.deadline).answer()

    def _compared(
        self, question: Question, answer: Answer, history: History | None, smallest: int
    ) -> tuple[Compared | None, tuple[Notice, ...]]:
        report, compare = question.report, question.report.compare
        if compare is None:
            return None, ()
        scope, snapshot = question.scope, question.snapshot
        if compare.to == "snapshot":
            snapshot = self._other(compare.snapshot, scope, history)
            earlier = other_report(validate_definition(report.definition, snapshot.catalogue))
        else:
            earlier = earlier_report(report, snapshot.calendar)
        asked = self._question(earlier, scope, snapshot, None, question.deadline)
        other = self._hidden(asked, smallest).answer if smallest else asked.answer()
        return line_up(question, answer, asked.report, other)

    def _other(self, name: str, scope: Scope, history: History | None) -> OpenSnapshot:
        return self._snapshots.get(_find(name, "/compare/snapshot", history), scope.institution_id)

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
        started = time.perf_counter()
        snapshot = self._snapshots.get(_as_of(definition, ref, history), scope.institution_id)
        report = validate_definition(definition, snapshot.catalogue)
        drill = read_drill(cell, report, snapshot.catalogue, snapshot.calendar)
        deadline = started + limits.seconds
        smallest = smallest_group(snapshot.manifest.min_group_size, scope, report)
        if smallest:
            question = self._question(report, scope, snapshot, None, deadline)
            check_cell(report, drill, cell, self._hidden(question, smallest))
        settings = _settings(scope, snapshot, limits.rows)
        compiled = compile_drill(
            report, snapshot.catalogue, settings, drill.cell, snapshot.parents.are_complete
        )
        for sql in compiled.statements:
            self._verifier.check(sql, snapshot.catalogue, scope.kind)
        question = Question(drill.listing, compiled, scope, snapshot, limits.rows, deadline)
        return drilled(drill, question, cell, started)

    def diff(
        self,
        definition: Mapping[str, Any],
        scope: Scope,
        before: SnapshotRef,
        after: SnapshotRef,
        limits: Limits,
    ) -> Difference:
        """What changed between two snapshots; see :func:`reports.api.diff`."""
        deadline = time.perf_counter() + limits.seconds
        found = []
        for ref in (before, after):
            snapshot = self._snapshots.get(ref, scope.institution_id)
            report = other_report(validate_definition(definition, snapshot.catalogue))
            question = self._question(report, scope, snapshot, MOST_ROWS, deadline)
            smallest = smallest_group(snapshot.manifest.min_group_size, scope, report)
            answer = self._hidden(question, smallest).answer if smallest else question.answer()
            check_size(answer, "/filters")
            found.append((snapshot.info, keyed(report, answer)))
        return difference(columns_of(report), found[0], found[1])

    def catalogue(self, ref: SnapshotRef) -> Catalogue:
        """What can be asked of the snapshot; see :func:`reports.api.catalogue_of`."""
        return self._snapshots.get(ref, ref.institution_id).catalogue

    def explain(
        self,
        definition: Mapping[str, Any],
        scope: Scope,
        ref: SnapshotRef,
        history: History | None = None,
    ) -> Explanation:
        """What ``run`` would do; see :func:`reports.api.explain`."""
        ref = _as_of(definition, ref, history)
        return self.explain_on(self._snapshots.get(ref, scope.institution_id), definition, scope)

    def explain_on(
        self, snapshot: OpenSnapshot, definition: Mapping[str, Any], scope: Scope
    ) -> Explanation:
        """What ``run_on`` would do."""
        report = validate_definition(definition, snapshot.catalogue)
        compiled = self._compile(report, snapshot, _settings(scope, snapshot, Limits().rows))
        values = snapshot.calendar.bind(compiled.parameters)
        if SCOPE_PARAMETER in PLACEHOLDER.findall(compiled.sql):
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


def _settings(scope: Scope, snapshot: OpenSnapshot, cap: int | None) -> Settings:
    calendar = snapshot.calendar
    return Settings(
        scope.kind, calendar.first_weekday, cap, calendar.term_days, calendar.year_month
    )


def _as_of(
    definition: Mapping[str, Any], newest: SnapshotRef, history: History | None
) -> SnapshotRef:
    name = definition.get("asOf") if isinstance(definition, Mapping) else None
    # What isn't a text is refused, with everything else that is wrong, by validation.
    return _find(name, "/asOf", history) if isinstance(name, str) else newest


def _find(name: str, place: str, history: History | None) -> SnapshotRef:
    if history is None:
        hint = "Ask an institution's snapshots instead of a file."
        problem = Problem("NO_HISTORY", place, "There are no other snapshots here.", hint)
        raise ReportInvalid([problem])
    try:
        return history(name)
    except SnapshotUnknown as error:
        raise error.at(place) from error


def _is_cut_by_cap(report: Report, limits: Limits, answer: Answer) -> bool:
    """Whether the interactive cap, not the report's own limit, cut the rows."""
    if limits.rows is None:
        return False
    wanted = answer.total_row_count
    if report.limit is not None:
        wanted = min(wanted, report.limit)
    return wanted > len(answer.rows)
