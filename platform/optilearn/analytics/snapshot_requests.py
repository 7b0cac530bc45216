"""Snapshots that somebody doesn't want to wait for until the full hour.

A request is a key in Valkey that Dagster's sensor ``requested_snapshots`` looks for; it may be
lost, as the next snapshot comes by itself. What became of it is read from the catalog of snapshots
and from the lock that a running one holds, so nothing has to report back.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext as _

from optilearn.analytics.models import Snapshot
from optilearn.analytics.snapshot_history import DATA_READERS
from optilearn.core import audit
from optilearn.core.access.policies import require
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import require_institution_id
from optilearn.core.valkey import ValkeyDownError, valkey

_SECONDS: Final = 1_800
"""For how long a request that nobody takes up is there."""
SLOW: Final = timedelta(minutes=2)
"""Twice a minute it is looked for requests: after this long nothing looks."""
_LOCKED: Final = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND (classid::bigint << 32 | objid::bigint) = hashtextextended('optilearn.snapshot', %s))"
)
"""The lock that ``pipelines.snapshots.registry`` holds while it takes a snapshot."""


class Stage(StrEnum):
    """The stages of a request."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    PUBLISHED = "PUBLISHED"
    UNCHANGED = "UNCHANGED"
    """Nothing had changed since the last snapshot, so that it stays in use."""
    FAILED = "FAILED"


@dataclass(frozen=True)
class Requested:
    """A snapshot that was requested, and the stage that it is at."""

    id: str
    at: datetime
    stage: Stage
    problem: str = ""

    @property
    def is_open(self) -> bool:
        """Return True until a snapshot came of it, or failed."""
        return self.stage in {Stage.WAITING, Stage.RUNNING}

    @property
    def is_slow(self) -> bool:
        """Return True if it has waited for longer than it takes where a daemon runs."""
        return self.stage is Stage.WAITING and now() - self.at > SLOW


def request_snapshot(*, principal: Principal) -> None:
    """Request a snapshot as soon as possible; one that is open already is enough.

    Raises ``AppError``: FORBIDDEN, SERVICE_UNAVAILABLE.
    """
    require(principal, DATA_READERS)
    found = _found(principal.institution_id)
    if found is not None and found.is_open:
        return
    wanted = json.dumps({"id": str(uuid.uuid4()), "at": now().isoformat()})
    try:
        valkey().call("SET", _key(principal.institution_id), wanted, "EX", _SECONDS)
    except ValkeyDownError as error:
        message = _("This can't be requested now. The next snapshot comes at the full hour.")
        raise AppError(ErrorCode.SERVICE_UNAVAILABLE, message) from error
    audit.record(action="snapshot.request", actor=principal, target="snapshot")


def requested_snapshot(principal: Principal) -> Requested | None:
    """Return the last request of the institution and its stage; None half an hour later.

    Three queries while there is one. Raises ``AppError`` FORBIDDEN.
    """
    require(principal, DATA_READERS)
    return _found(principal.institution_id)


def open_requests(institution_ids: Sequence[int]) -> dict[int, str]:
    """Return the ids of the requests that are there, by institution; empty while Valkey is down."""
    if not institution_ids:
        return {}
    try:
        values = valkey().call("MGET", *(_key(one) for one in institution_ids))
    except ValkeyDownError:
        return {}
    found = {one: _parsed(value) for one, value in zip(institution_ids, values, strict=True)}
    return {one: str(value["id"]) for one, value in found.items() if value}


def _found(institution_id: int) -> Requested | None:
    try:
        value = _parsed(valkey().call("GET", _key(institution_id)))
    except ValkeyDownError:
        return None
    if value is None:
        return None
    at = datetime.fromisoformat(value["at"])
    failed = Snapshot.objects.filter(status=Snapshot.Status.FAILED, checked_at__gte=at)
    problem = failed.order_by("-id").values_list("problem", flat=True).first()
    stage = _stage(at, has_failed=problem is not None)
    return Requested(value["id"], at, stage, problem or "")


def _stage(at: datetime, *, has_failed: bool) -> Stage:
    """Decide by the catalog: a snapshot of before the request doesn't answer it."""
    published = Snapshot.objects.filter(status=Snapshot.Status.PUBLISHED).order_by("-id")
    newest = published.values_list("taken_at", "checked_at", "published_at").first()
    if newest is not None:
        taken_at, checked_at, published_at = newest
        if taken_at >= at:
            return Stage.PUBLISHED
        if checked_at >= at and (published_at is None or published_at < at):
            return Stage.UNCHANGED
    if has_failed:
        return Stage.FAILED
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED, [require_institution_id()])
        is_running = bool(cursor.fetchone()[0])
    return Stage.RUNNING if is_running else Stage.WAITING


def _parsed(value: bytes | str | None) -> dict[str, Any] | None:
    return json.loads(value) if value else None


def _key(institution_id: int) -> str:
    return f"optilearn:snapshot:{institution_id}"
