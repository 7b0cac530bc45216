"""Rows on their way out as Arrow batches, so that an export of any length fits in memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

from reports.contracts import ReportMeta
from reports.engine.decode import columns_of
from reports.engine.execute import translated, watched
from reports.engine.question import Question
from reports.export.result_stream import Ending, Head, ResultStream
from reports.language.phrases import in_words
from reports.language.report import Report

ROWS_A_BATCH: Final = 20_000


def can_stream(report: Report) -> bool:
    """Return True if its rows need nothing done to them once the database has found them."""
    return report.mode == "rows" and report.compare is None


@contextmanager
def streamed(question: Question, started: float) -> Iterator[ResultStream]:
    """The rows of a report of rows, batch by batch, while the block reads them.

    Raises what running a report raises, then or while the batches are read.
    """
    cursor = question.snapshot.connection.cursor()
    cancellation = question.cancellation
    cancelling = cancellation.guarding(cursor.interrupt) if cancellation else nullcontext()
    left = max(question.deadline - time.perf_counter(), 0.001)
    reading = question.snapshot.reading()
    with reading, translated(left, cancellation), cancelling, watched(left, cursor.interrupt):
        try:
            sql = question.compiled.sql
            # Executing the statement first would copy all its rows.
            reader = cursor.sql(sql, params=question.values_of(sql)).to_arrow_reader(ROWS_A_BATCH)
            columns = columns_of(question.report)
            yield ResultStream(
                columns=columns,
                batches=_shown(reader, len(columns)),
                head=_head(question),
                ending=lambda rows: Ending(_meta(question, rows, started)),
            )
        finally:
            cursor.close()


def _shown(reader: Any, width: int) -> Iterator[Any]:  # noqa: ANN401 - pyarrow has no types
    """The batches without the key that follows what is shown."""
    for batch in reader:
        yield batch.select(list(range(width)))


def _head(question: Question) -> Head:
    report = question.report
    return Head(
        snapshot=question.snapshot.info,
        scope=question.scope,
        definition_digest=report.digest,
        definition=report.definition,
        words=in_words(report, question.snapshot.catalog),
    )


def _meta(question: Question, rows: int, started: float) -> ReportMeta:
    return ReportMeta(
        row_count=rows,
        total_row_count=rows,
        ms=(time.perf_counter() - started) * 1_000,
        truncated=False,
        snapshot=question.snapshot.info,
        scope=question.scope,
        definition_digest=question.report.digest,
    )
