"""Questions to the report engine: audited, and its refusals mapped to errors of the API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from optilearn.analytics.refusal_words import in_readers_language
from optilearn.analytics.snapshots import recorded_since
from optilearn.core.access.principal import Principal
from optilearn.core.audit import record
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.call import current_call
from reports.contracts import Scope
from reports.errors import (
    InternalReportError,
    NotRecorded,
    Problem,
    ReportBusy,
    ReportCancelled,
    ReportError,
    ReportTimeout,
    SnapshotDamaged,
)

_CODES: Final = {
    ReportTimeout: ErrorCode.SERVICE_UNAVAILABLE,
    ReportBusy: ErrorCode.SERVICE_UNAVAILABLE,
    SnapshotDamaged: ErrorCode.SERVICE_UNAVAILABLE,
    # Two requests of one caller contradict each other; a 503 would invite to try again.
    ReportCancelled: ErrorCode.CONFLICT,
}


def refused(error: ReportError) -> AppError:
    """Map the report engine's refusal to an error of the API, in the reader's language."""
    problems = [_said(problem) for problem in error.problems]
    if isinstance(error, NotRecorded):
        problems[0]["hint"] = recorded_since(error.since)
    code = _CODES.get(type(error), ErrorCode.REPORT_INVALID)
    return AppError(code, in_readers_language(error.message), problems)


def _said(problem: Problem) -> dict[str, str]:
    wire = problem.to_wire()
    return wire | {name: in_readers_language(wire[name]) for name in ("message", "hint")}


@dataclass
class Asked:
    """The facts of a question for the audit log; filled in while it is answered."""

    principal: Principal
    action: str
    started: float = field(default_factory=time.perf_counter)
    digest: str = ""
    scope: Scope | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def arrived(self) -> float:
        """The moment at which the question reached us: its time runs from there, not its turn."""
        call = current_call()
        return call.arrived if call is not None else self.started

    @property
    def ms(self) -> float:
        """The milliseconds since it was asked."""
        return (time.perf_counter() - self.started) * 1_000

    def write(self, outcome: str) -> None:
        """Its row in the audit log."""
        known: dict[str, Any] = {"digest": self.digest} if self.digest else {}
        if self.scope is not None:
            known["scope"] = self.scope.kind.value
        record(
            action=self.action,
            target=self.digest,
            outcome=outcome,
            actor=self.principal,
            details=known | self.facts | {"ms": round(self.ms, 1)},
        )


@contextmanager
def audited(principal: Principal, action: str) -> Iterator[Asked]:
    """Answer a question in the block; whatever becomes of it is written down once.

    Raises the block's ``AppError``, and a ``ReportError`` as one.
    """
    asked = Asked(principal, action)
    try:
        yield asked
    except ReportError as error:
        asked.write(error.code)
        raise refused(error) from error
    except AppError as error:
        asked.write(error.code.value)
        raise
    except InternalReportError:
        asked.write(ErrorCode.INTERNAL_ERROR.value)
        raise
    asked.write("ok")
