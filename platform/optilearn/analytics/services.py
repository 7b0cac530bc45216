"""Asking reports for a principal: scope from the token, data from a snapshot, audited.

All raise ``AppError``: REPORT_INVALID with every problem, or why it can't be answered now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from optilearn.analytics.auditing import Asked, audited, refused
from optilearn.analytics.refusal_words import is_english
from optilearn.analytics.result_cache import key_of, result_cache
from optilearn.analytics.running import RunName, runs
from optilearn.analytics.single_flight import Deadline
from optilearn.analytics.snapshots import history, newest_snapshot
from optilearn.core.access.principal import Principal
from optilearn.core.access.report_scope import report_scope
from optilearn.core.access.roles import INSTITUTION_WIDE, SEES_SQL
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.call import current_call
from optilearn.courses.selectors import own_course_ids
from optilearn.crm.selectors import child_person_ids
from reports import api as reports
from reports.api import Cancellation, Pivot, Prepared, ReportRequest
from reports.contracts import Limits, Result, Scope, SnapshotRef
from reports.errors import Problem, ReportError, ReportInvalid, SnapshotUnknown

__all__ = [
    "MAX_DIFFERENCES",
    "Answer",
    "answer_question",
    "answer_report",
    "cancel_run",
    "cancellable",
    "diff_report",
    "drill_report",
    "explain_report",
    "pivot_report",
    "refused",
    "render",
    "run_report",
    "scope_of",
    "validate_report",
]

Definition = Mapping[str, Any]

MAX_DIFFERENCES: Final = 1_000
"""Rows of each kind that a comparison of two snapshots shows; all are counted."""


def run_report(*, principal: Principal, definition: Definition, every_row: bool = False) -> Result:
    """Answer a definition under the principal's scope, without the cache.

    ``every_row`` is for files, which carry all rows and may take longer.
    """
    limits = Limits.for_export() if every_row else Limits()
    with audited(principal, "report.run") as asked:
        result = reports.run(_request(asked, definition, limits))
        _note(asked, result)
    return result


def answer_report(
    *,
    principal: Principal,
    definition: Definition,
    run_id: UUID | None = None,
    saved_item_id: int | None = None,
) -> bytes:
    """The answer as the JSON of ``data``: one that is cached, else a new one, which is cached.

    The same question is computed once, however many ask it at the same time. ``run_id`` is
    what :func:`cancel_run` stops it by; ``saved_item_id`` is noted in the audit log.
    """
    answer = answer_question(
        principal=principal, definition=definition, run_id=run_id, saved_item_id=saved_item_id
    )
    return answer.data


@dataclass(frozen=True)
class Answer:
    """An answer as the JSON of ``data``, and the canonical form of what was asked."""

    data: bytes
    definition: Definition


def answer_question(
    *,
    principal: Principal,
    definition: Definition,
    run_id: UUID | None = None,
    saved_item_id: int | None = None,
) -> Answer:
    """As :func:`answer_report`, with the canonical definition, which a chart needs."""
    with audited(principal, "report.run") as asked:
        if saved_item_id is not None:
            asked.facts["savedItem"] = saved_item_id
        prepared = reports.prepare(_request(asked, definition))
        identity = prepared.identity
        asked.digest = identity.definition_digest
        asked.facts["snapshot"] = identity.snapshot_id
        key = key_of(asked.principal.institution_id, identity)
        answer, is_cached = result_cache().find(key), True
        if answer is None:
            with cancellable(principal, run_id) as cancellation:
                deadline = Deadline(_arrived(asked), Limits().seconds, cancellation)
                compute = partial(_run, prepared, deadline)
                answer, is_cached = result_cache().answer(key, compute, deadline)
        asked.facts |= {"rows": answer.rows, "cached": is_cached}
    data = answer.data(asked.ms, cached=is_cached)
    return Answer(data, prepared.report.definition)


def cancel_run(*, principal: Principal, run_id: UUID) -> None:
    """Stop the principal's own run of that id, in whichever process it is.

    Raises ``AppError`` NOT_FOUND if none is under way (it has ended, or is somebody else's); one
    that begins within a minute is stopped all the same. Asking again changes nothing.
    """
    if not runs().stop(RunName.of(principal, run_id)):
        raise AppError(ErrorCode.NOT_FOUND, _("You have no running report with this id."))


def drill_report(
    *,
    principal: Principal,
    definition: Definition,
    cell: Mapping[str, Any],
    run_id: UUID | None = None,
) -> Result:
    """The rows behind a cell of a report (``reports.api.drill``)."""
    with (
        audited(principal, "report.drill") as asked,
        cancellable(principal, run_id) as cancellation,
    ):
        request = _request(asked, definition)
        asked.facts["measure"] = cell.get("measure")
        limits = Deadline(_arrived(asked), Limits().seconds, cancellation).limits()
        result = reports.drill(replace(request, limits=limits), cell)
        _note(asked, result)
    return result


def pivot_report(*, principal: Principal, definition: Definition) -> Pivot:
    """Answer a report with its last dimension across (``reports.api.pivot``), without the cache."""
    with audited(principal, "report.pivot") as asked, cancellable(principal, None) as cancellation:
        request = _request(asked, definition)
        limits = Deadline(_arrived(asked), Limits().seconds, cancellation).limits()
        found = reports.pivot(replace(request, limits=limits))
        asked.digest = found.meta.definition_digest
        asked.facts["rows"] = len(found.rows)
    return found


def diff_report(
    *,
    principal: Principal,
    definition: Definition,
    before: str,
    after: str,
    run_id: UUID | None = None,
) -> dict[str, Any]:
    """Compare a report's rows in two snapshots (``reports.api.diff``).

    ``before`` and ``after`` are ids or moments, as ``asOf`` takes them. At most
    ``MAX_DIFFERENCES`` rows of each kind are listed; the counts are full.
    """
    with (
        audited(principal, "report.diff") as asked,
        cancellable(principal, run_id) as cancellation,
    ):
        asked.scope = scope_of(principal)
        old, new = _at("/before", before), _at("/after", after)
        asked.facts |= {"before": old.snapshot_id, "after": new.snapshot_id}
        _check_comparable(definition)
        asked.digest = reports.validate(definition, reports.catalog_of(new)).digest
        limits = Deadline(_arrived(asked), Limits().seconds, cancellation).limits()
        request = ReportRequest(definition, asked.scope, new, limits)
        found = reports.diff(request, old)
        wire = found.to_wire(MAX_DIFFERENCES)
        asked.facts |= wire["counts"]
    return wire


def validate_report(*, definition: Definition) -> dict[str, Any]:
    """The canonical definition and its digest."""
    try:
        snapshot = newest_snapshot()
        name = definition.get("asOf")
        if isinstance(name, str):
            snapshot = _at("/asOf", name)
        report = reports.validate(definition, reports.catalog_of(snapshot))
        if report.compare is not None and report.compare.snapshot:
            _at("/compare/snapshot", report.compare.snapshot)
    except ReportError as error:
        raise refused(error) from error
    return {"definition": dict(report.definition), "digest": report.digest}


def explain_report(*, principal: Principal, definition: Definition) -> dict[str, Any]:
    """The question in the reader's words; SQL and parameters for roles that may see them."""
    try:
        request = ReportRequest(
            definition, scope_of(principal), newest_snapshot(), history=cache(history)
        )
        explanation = reports.explain(request, str if is_english() else _)
    except ReportError as error:
        raise refused(error) from error
    wire = explanation.to_wire(
        with_sql=principal.role in SEES_SQL, with_rows=principal.role in INSTITUTION_WIDE
    )
    return wire | {"entities": _entities_of(request, explanation.tables)}


def _entities_of(request: ReportRequest, tables: Sequence[str]) -> list[str]:
    """The names of what is read, in the reader's language; of two of a table the one asked for.

    A table that the scope alone needs is nobody's subject and has none.
    """
    catalog = reports.catalog_of(request.snapshot)
    asked = str(request.definition.get("entity"))
    labels: dict[str, str] = {}
    for entity in sorted(catalog.entities, key=lambda one: one.key != asked):
        labels.setdefault(entity.table, _(entity.label))
    return [labels[table] for table in tables if table in labels]


def render(result: Result, form: str) -> bytes:
    """The result as a file's bytes. Raises ``ValueError`` for a format that isn't known."""
    return reports.export(result, form)


def _request(asked: Asked, definition: Definition, limits: Limits | None = None) -> ReportRequest:
    """The question to the newest snapshot under the principal's scope, noted for the audit log."""
    asked.scope = scope_of(asked.principal)
    newest = newest_snapshot()
    asked.facts["snapshot"] = newest.snapshot_id
    return ReportRequest(definition, asked.scope, newest, limits, cache(history))


def _run(prepared: Prepared, deadline: Deadline) -> Result:
    return reports.run(prepared.within(deadline.limits()))


def scope_of(principal: Principal) -> Scope:
    """The rows that the principal's questions count. Raises ``AppError``."""
    return report_scope(principal, own_course_ids, child_person_ids)


def _note(asked: Asked, result: Result) -> None:
    meta = result.meta
    asked.digest = meta.definition_digest
    asked.facts |= {"snapshot": meta.snapshot.id, "rows": meta.row_count, "cached": False}


def _arrived(asked: Asked) -> float:
    return asked.arrived


@contextmanager
def cancellable(principal: Principal, run_id: UUID | None) -> Iterator[Cancellation]:
    """Yield what stops the run: its caller by hanging up, or by its id."""
    cancellation = Cancellation()
    if (call := current_call()) is not None:
        call.when_gone(cancellation.cancel)
    if run_id is None:
        yield cancellation
        return
    with runs().under_way(RunName.of(principal, run_id), cancellation):
        yield cancellation


def _at(place: str, name: str) -> SnapshotRef:
    try:
        return history(name)
    except SnapshotUnknown as error:
        raise error.at(place) from error


def _check_comparable(definition: Definition) -> None:
    """Both moments are given beside the definition; one inside it would contradict them."""
    message = _("Choose the snapshots to compare outside the definition.")
    hint = _("Leave this out.")
    problems = [
        Problem("NOT_HERE", f"/definition/{name}", message, hint)
        for name in ("asOf", "compare")
        if definition.get(name) is not None
    ]
    if problems:
        raise ReportInvalid(problems)
