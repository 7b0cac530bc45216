"""The evidence for a requirement as one archive, for an auditor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import IO, Any, Final

from django.db import transaction

from optilearn.compliance import policies
from optilearn.compliance.archive import HashedArchive
from optilearn.compliance.models import Obligation, Requirement
from optilearn.compliance.rules import state_of
from optilearn.compliance.selectors.days import local_day
from optilearn.core import audit
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.spreadsheets import table_pieces
from optilearn.files.kinds import TYPES
from optilearn.files.services import read_stored

_ROWS: Final = 500
"""Rows that are fetched at a time."""
_SPOOLED: Final = 1024**2
_CHUNK: Final = 64 * 1024
MISSING: Final = "MISSING"
"""Stands for the hash of a file that the store has lost."""

_OBLIGATION: Final = (
    *("obligationId", "personCode", "personName", "role", "class", "period", "dueOn"),
    *("overdueOn", "status", "metAt", "metBy", "course", "enrollmentId", "courseCompletedAt"),
    *("waivedAt", "waivedBy", "waiverReason", "withdrawnAt"),
)
_EVIDENCE: Final = (
    *("evidenceId", "obligationId", "status", "submittedAt", "text", "fileName", "path"),
    *("sha256", "decidedAt", "decidedBy", "reason"),
)
_COLUMNS: Final = (
    *("id", "person__code", "person__name", "person__role", "person__class_name", "period"),
    *("due_on", "overdue_on", "met_at", "met_by", "enrollment_id", "enrollment__course__title"),
    *("enrollment__completed_at", "waived_at", "waived_by__name", "waiver_reason"),
    *("withdrawn_at", "evidence__id", "evidence__status", "evidence__submitted_at"),
    *("evidence__text", "evidence__file_id", "evidence__file__name"),
    *("evidence__file__content_type", "evidence__decided_at", "evidence__decided_by__name"),
    "evidence__reason",
)


@transaction.atomic
def export_evidence(*, principal: Principal, requirement_id: int) -> IO[bytes]:
    """Return the archive of a requirement, at its beginning; the caller closes it.

    What people owe and have done is of one moment, read by one statement; memory doesn't grow with
    it, and a file of at most 20 MiB is held at a time. Raises ``AppError``: FORBIDDEN, NOT_FOUND,
    SERVICE_UNAVAILABLE while the files can't be read.
    """
    requirement = policies.managed_requirement(principal, requirement_id)
    today = local_day()
    out = TemporaryFile()  # noqa: SIM115 - the caller's
    try:
        archive = HashedArchive(out)
        archive.add("requirement.csv", _csv(_facts(requirement, today)))
        _add_obligations(archive, requirement, today)
        archive.close()
    except BaseException:
        out.close()
        raise
    out.seek(0)
    audit.record(
        action="requirement.export", actor=principal, target=f"requirement:{requirement_id}"
    )
    return out


def _add_obligations(archive: HashedArchive, requirement: Requirement, today: date) -> None:
    """Add files as they come, and the tables, which are written meanwhile, after them."""
    found = Obligation.objects.filter(requirement=requirement)
    rows = found.order_by("period", "person_id", "id", "evidence__id").values(*_COLUMNS)
    with (
        SpooledTemporaryFile(max_size=_SPOOLED) as obligations,
        SpooledTemporaryFile(max_size=_SPOOLED) as evidence,
    ):
        obligations.writelines(_csv([_OBLIGATION]))
        evidence.writelines(_csv([_EVIDENCE]))
        last = None
        for one in rows.iterator(chunk_size=_ROWS):
            if one["id"] != last:
                obligations.writelines(_lines([_obligation(one, today)]))
            last = one["id"]
            if one["evidence__id"] is not None:
                evidence.writelines(_lines([_evidence(one, *_add_file(archive, one))]))
        for name, table in (("obligations.csv", obligations), ("evidence.csv", evidence)):
            table.seek(0)
            archive.add(name, iter(partial(table.read, _CHUNK), b""))


def _add_file(archive: HashedArchive, one: Mapping[str, Any]) -> tuple[str, str]:
    """Add a file of evidence under a name of ours; return its path and hash."""
    if one["evidence__file_id"] is None:
        return "", ""
    kind = TYPES.get(one["evidence__file__content_type"])
    path = f"evidence/{one['id']}/{one['evidence__id']}.{kind.extension if kind else 'bin'}"
    try:
        _content_type, content = read_stored(one["evidence__file_id"])
    except AppError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        return path, MISSING
    return path, archive.add(path, [content])


def _facts(requirement: Requirement, today: date) -> Iterator[Sequence[str]]:
    yield "field", "value"
    yield "requirementId", str(requirement.pk)
    yield "title", requirement.title
    yield "description", requirement.description
    yield "course", requirement.course.title if requirement.course else ""
    yield "acceptsEvidence", _text(requirement.accepts_evidence)
    yield "dueOn", _text(requirement.first_due_on)
    yield "rule", requirement.rule
    yield "graceDays", _text(requirement.grace_days)
    yield "archivedAt", _text(requirement.archived_at)
    yield "statusesOn", _text(today)


def _obligation(one: Mapping[str, Any], today: date) -> list[str]:
    ends = (one["met_at"], one["waived_at"], one["withdrawn_at"])
    cells = (
        *(one[name] for name in _COLUMNS[:8]),
        state_of(*ends, one["overdue_on"], today),
        *(one["met_at"], one["met_by"], one["enrollment__course__title"], one["enrollment_id"]),
        *(one["enrollment__completed_at"], one["waived_at"], one["waived_by__name"]),
        *(one["waiver_reason"], one["withdrawn_at"]),
    )
    return [_text(cell) for cell in cells]


def _evidence(one: Mapping[str, Any], path: str, digest: str) -> list[str]:
    of = {name: one[f"evidence__{name}"] for name in ("id", "status", "submitted_at", "text")}
    cells = (
        *(of["id"], one["id"], of["status"], of["submitted_at"], of["text"]),
        *(one["evidence__file__name"], path, digest, one["evidence__decided_at"]),
        *(one["evidence__decided_by__name"], one["evidence__reason"]),
    )
    return [_text(cell) for cell in cells]


def _text(value: object) -> str:
    """Format a cell: instants in UTC and whole seconds."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def _csv(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    return (piece.encode() for piece in table_pieces(rows))


def _lines(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield further rows of a table that has begun."""
    pieces = _csv(rows)
    next(pieces)  # the mark of a file's beginning
    return pieces
