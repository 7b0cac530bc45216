"""Statements among the reports of a book."""

from __future__ import annotations

from dataclasses import replace

from reports.contracts import Limits
from reports.export.book import Answered, AskedPart
from reports.sql.engine import SqlEngine
from reports.sql.results import SqlRequest


def statement_part(title: str, request: SqlRequest, engine: SqlEngine) -> AskedPart:
    """A statement as a part of a book; see :func:`reports.api.sql_part`."""

    def ask(limits: Limits) -> Answered:
        from reports.sql.outputs import SqlAnswer  # noqa: PLC0415 - slow to import

        seconds = min(request.limits.seconds, limits.seconds)
        own = replace(request.limits, seconds=seconds, cancellation=limits.cancellation)
        return SqlAnswer(engine.run(replace(request, limits=own)))

    return AskedPart(title, ask)
