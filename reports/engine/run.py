"""One run of a report: its answer, what is hidden of it, and what it is compared with."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from reports.compiler.compile import Compiled
from reports.compiler.settings import Settings
from reports.contracts import (
    Column,
    Compared,
    Limits,
    Notice,
    ReportMeta,
    Result,
    Scope,
)
from reports.engine.compared_totals import hide_totals
from reports.engine.comparison import (
    earlier_report,
    line_up,
    offset_notices,
    other_report,
    shift_of,
)
from reports.engine.decode import Answer, columns_of
from reports.engine.disclosure.compared import hide_compared
from reports.engine.disclosure.tables import CompanionTable
from reports.engine.noise import marked, noise_notices
from reports.engine.overlaps import overlaps
from reports.engine.prepared import Prepared
from reports.engine.question import Question
from reports.engine.report_compiler import ReportCompiler
from reports.engine.snapshots import OpenSnapshot, Snapshots
from reports.engine.suppression import (
    Hidden,
    Rule,
    check_hidden,
    hide,
    small_cells,
    smallest_of,
    whole,
)
from reports.language.phrases import in_words
from reports.language.report import Report, Shift


def settings_of(scope: Scope, snapshot: OpenSnapshot, cap: int | None) -> Settings:
    """Return the settings of the statements over a snapshot, inside a scope."""
    calendar = snapshot.calendar
    return Settings(
        scope.kind,
        calendar.first_weekday,
        cap,
        calendar.term_days,
        calendar.year_month,
        smallest=smallest_of(snapshot.manifest.min_group_size, scope),
    )


@dataclass(frozen=True)
class Run:
    """A prepared report on its way to its answer; ``started`` is on time.perf_counter's clock."""

    prepared: Prepared
    compiler: ReportCompiler
    snapshots: Snapshots
    started: float

    @property
    def report(self) -> Report:
        """The report that is answered."""
        return self.prepared.report

    @property
    def snapshot(self) -> OpenSnapshot:
        """The snapshot that answers it."""
        return self.prepared.snapshot

    @property
    def scope(self) -> Scope:
        """The rows that count."""
        return self.prepared.request.scope

    @property
    def limits(self) -> Limits:
        """The rows and the time that it may take."""
        return self.prepared.limits

    @property
    def deadline(self) -> float:
        """The moment by which it has to be done."""
        return self.started + self.limits.seconds

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the answer, marked where they have noise."""
        found = columns_of(self.report)
        if not self.prepared.has_noise or self.report.mode == "rows":
            return found
        return marked(found, self.report, self.snapshot.catalog)

    def question(self, report: Report, snapshot: OpenSnapshot, cap: int | None) -> Question:
        """The report compiled, ready to be asked; ``cap``: the most rows that are wanted."""
        settings = settings_of(self.scope, snapshot, cap)
        return self.asking(report, self.compiler.compile(report, snapshot, settings), snapshot, cap)

    def asking(
        self, report: Report, compiled: Compiled, snapshot: OpenSnapshot, cap: int | None
    ) -> Question:
        """Compiled statements, ready to be asked within the run's scope and time."""
        cancellation = self.limits.cancellation
        return Question(report, compiled, self.scope, snapshot, cap, self.deadline, cancellation)

    def result(self, question: Question, companion: CompanionTable | None = None) -> Result:
        """The whole answer; ``companion`` is what else is shown of the same cells."""
        hidden = self.hidden(question, companion)
        answer = hidden.answer
        compared, left = self._compared(question, hidden)
        report, snapshot = self.report, self.snapshot
        columns = self.columns
        noise = noise_notices(columns, self.prepared.smallest)
        found = question.notices(answer, shows_counts=not self.prepared.smallest)
        meta = ReportMeta(
            row_count=len(answer.rows),
            total_row_count=answer.total_row_count,
            ms=(time.perf_counter() - self.started) * 1_000,
            truncated=_is_cut_by_cap(report, self.limits, answer),
            snapshot=snapshot.info,
            scope=self.scope,
            definition_digest=report.digest,
            warnings=(
                *found,
                *offset_notices(report, snapshot.calendar, answer),
                *noise,
                *hidden.notices,
                *left,
            ),
        )
        return Result(
            columns,
            answer.rows,
            answer.totals,
            meta,
            report.definition,
            in_words(report, snapshot.catalog),
            hidden.suppressed,
            compared,
        )

    def hidden(
        self,
        question: Question,
        companion: CompanionTable | None = None,
        moved: tuple[Shift, ...] = (),
    ) -> Hidden:
        """The answer, its small cells hidden where the institution wants it."""
        if not self.prepared.smallest:
            return Hidden(question.answer())
        report = question.report
        check_hidden(report, question.snapshot.catalog)
        limits = [n for n in (report.limit, question.cap) if n is not None]
        limit = min(limits) if limits else None
        in_order = any(m.calc and m.calc.needs_order for m in report.measures)
        answer, rule = self._of_people(question, in_order=in_order, moved=moved)
        rule = replace(rule, companion=companion)
        hidden = hide(report, answer, rule, limit)
        if in_order and report.sort and hidden.suppressed:
            # The order by a hidden number would reveal it: begin with that of the groups.
            answer, _rule = self._of_people(question, in_order=False)
            hidden = hide(report, answer, rule, limit)
        return hidden

    def companion(self, question: Question) -> CompanionTable | None:
        """Return its totals, for another question about the same cells."""
        if not self.prepared.smallest:
            return None
        answer, _rule = self._of_people(question, in_order=False)
        return CompanionTable(question.report, answer)

    def _of_people(
        self, question: Question, *, in_order: bool, moved: tuple[Shift, ...] = ()
    ) -> tuple[Answer, Rule]:
        report, snapshot = whole(question.report, in_order=in_order), question.snapshot
        settings = replace(
            settings_of(self.scope, snapshot, None),
            counts_people=True,
            noise_below=self.prepared.smallest if self.prepared.has_noise else 0,
        )
        compiled = self.compiler.compile(report, snapshot, settings)
        asked = self.asking(report, compiled, snapshot, None)
        steps = {
            base: asked.fetch(sql)[0][0]
            for base, sql in compiled.steps_sql
            if base.window is not None or overlaps(report, base.shifts, moved, snapshot.calendar)
        }
        rule = Rule(
            self.prepared.smallest,
            snapshot.catalog,
            steps,
            snapshot.calendar,
            moved=moved,
            has_noise=self.prepared.has_noise,
        )
        return asked.answer(), rule

    def _compared(
        self, question: Question, shown: Hidden
    ) -> tuple[Compared | None, tuple[Notice, ...]]:
        report, compare, snapshot = self.report, self.report.compare, self.snapshot
        if compare is None:
            return None, ()
        if (ref := self.prepared.compared) is not None:
            snapshot = self.snapshots.get(ref, self.scope.institution_id).hiding_as(snapshot)
            earlier = other_report(self.compiler.validate(report.definition, snapshot))
        else:
            earlier = earlier_report(report, snapshot.calendar)
        asked = self.question(earlier, snapshot, None)
        moved = () if compare.to == "snapshot" else (shift_of(compare, snapshot.calendar),)
        other = self.hidden(asked, moved=moved)
        compared, notices = line_up(question, shown.answer, asked.report, other.answer)
        sides = (report, asked.report)
        compared = hide_compared(sides, shown, other, compared, self.prepared.smallest)
        compared = hide_totals(sides, shown, other, compared, self.prepared.smallest)
        if compare.to != "snapshot":
            notices += asked.moved_notices(shows_counts=not self.prepared.smallest)
        hides = compared.suppressed or any(t.suppressed for t in compared.totals or ())
        if hides and not any(n.code == "SMALL_CELLS" for n in shown.notices):
            notices += (small_cells(self.prepared.smallest),)
        return compared, notices


def _is_cut_by_cap(report: Report, limits: Limits, answer: Answer) -> bool:
    """Return True if the interactive cap, not the report's own limit, cut the rows."""
    if limits.rows is None:
        return False
    wanted = answer.total_row_count
    if report.limit is not None:
        wanted = min(wanted, report.limit)
    return wanted > len(answer.rows)
