"""Answers kept in Valkey as the bytes that are sent.

An answer is identified by all that can change it (``reports.contracts.AnswerIdentity``): the
definition, the snapshot, the one it is compared with, and the scope; besides by the
institution, by the code that worked it out, and by the digests of the files, as a snapshot is
rewritten when a person is erased. Files are immutable, so a kept answer is never stale; it goes
when its time is up or when Valkey needs the room.

A kept value is its own key, the number of rows, and the JSON of ``data`` without its end: what
differs from serve to serve, ``ms`` and ``cached``, comes last in the text, so serving is
appending them, and nothing is decoded. The key inside is compared with the one that was asked
for: an answer to another question can't be taken for ours, whatever mixed them up.

Only one works out what isn't there. In a process the threads share one computation
(:mod:`optilearn.analytics.flights`); between processes a lease in Valkey decides, which its
owner renews while it works. The others look whether the value is there, and take over when the
lease is gone: given back by an owner who failed, or run out because the owner is gone. A
question that fails is so asked by one process after another, never by all at once. An owner who
lost the lease meanwhile may still keep what it made: it is the same value.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from optilearn.analytics.flights import Flights, Patience
from optilearn.analytics.watcher import Watcher
from optilearn.core.http.envelope import encode
from optilearn.core.valkey import Lease, Valkey, ValkeyDownError, valkey
from reports import api as reports
from reports.contracts import AnswerIdentity, Result

WIRE_VERSION: Final = 1
"""Counts up when the form of what is kept changes."""
LEASE_MILLISECONDS: Final = 4_000
"""After this a computation whose owner is gone is taken over."""
RENEW_SECONDS: Final = 1.0
_FIRST_SLEEP: Final = 0.01
_LONGEST_SLEEP: Final = 0.1
_TOO_LARGE: Final = b"too large"
"""Kept instead of an answer that is larger than what is kept: nobody waits for it."""


@dataclass(frozen=True)
class Kept:
    """An answer without its end, and what the audit log needs of it."""

    rows: int
    body: bytes

    @classmethod
    def of(cls, result: Result) -> Kept:
        """An answer, encoded."""
        wire = result.to_wire()
        meta = {k: v for k, v in wire.pop("meta").items() if k not in {"ms", "cached"}}
        body = encode(wire)[:-1] + b',"meta":' + encode(meta)[:-1]
        return cls(result.meta.row_count, body)

    def data(self, ms: float, *, cached: bool) -> bytes:
        """The whole JSON of ``data``, served in ``ms`` milliseconds."""
        return b'%b,"ms":%.1f,"cached":%b}}' % (self.body, ms, b"true" if cached else b"false")


def key_of(institution_id: int, identity: AnswerIdentity) -> str:
    """The key under which an institution's answer is cached."""
    parts = (
        f"optilearn:result:{WIRE_VERSION}",
        engine_version(),
        str(institution_id),
        identity.definition_digest,
        identity.snapshot_id,
        identity.compared_snapshot_id,
        identity.scope_digest,
        str(identity.smallest_group),
        str(identity.has_noise),
        identity.snapshot_digest,
        identity.compared_snapshot_digest,
    )
    return ":".join(parts)


@cache
def engine_version() -> str:
    """A digest of the code that works answers out: a deployment doesn't serve another's."""
    folder = Path(reports.__file__).parent
    digest = hashlib.blake2b(version("duckdb").encode(), digest_size=8)
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()


class ResultCache:
    """Finds and keeps answers; works as well, if slower, without Valkey.

    ``seconds`` is how long an answer is kept (0: not at all), ``most_bytes`` how large it may be.
    """

    def __init__(self, server: Valkey, seconds: int, most_bytes: int) -> None:
        self._server = server
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._flights: Flights[tuple[Kept, bool]] = Flights()
        self._watcher = Watcher()

    def find(self, key: str) -> Kept | None:
        """The answer that is kept, if there is one."""
        if not self._seconds:
            return None
        try:
            return _decoded(key, self._server.call("GET", key))
        except ValkeyDownError:
            return None

    def answer(
        self, key: str, compute: Callable[[], Result], patience: Patience
    ) -> tuple[Kept, bool]:
        """The answer, and whether it was there, or was another's doing.

        Raises what ``compute`` raises, ReportTimeout, and ReportCancelled.
        """

        def found() -> tuple[Kept, bool]:
            return self._worked_out(key, lambda: Kept.of(compute()), patience)

        (kept, was_there), is_shared = self._flights.share(key, found, patience)
        return kept, was_there or is_shared

    def _worked_out(
        self, key: str, compute: Callable[[], Kept], patience: Patience
    ) -> tuple[Kept, bool]:
        lease = Lease(f"{key}:lease", LEASE_MILLISECONDS)
        try:
            kept, is_ours = self._waited(key, lease, patience)
        except ValkeyDownError:
            return compute(), False
        if kept is not None:
            return kept, True
        if not is_ours:
            return compute(), False
        return self._worked_out_alone(key, lease, compute), False

    def _waited(self, key: str, lease: Lease, patience: Patience) -> tuple[Kept | None, bool]:
        """The answer, once it is there; else whether the lease is ours.

        Neither: the answer is too large to be kept, or nothing is kept at all.
        """
        sleep = _FIRST_SLEEP
        while self._seconds:
            taken, value = self._server.together(lease.acquire(), ("GET", key))
            kept = _decoded(key, value)
            if taken and value is None:
                return None, True
            if taken:
                self._server.call(*lease.release())
            if value is not None:
                return kept, False
            patience.check()
            time.sleep(min(sleep, max(patience.left, 0)))
            sleep = min(sleep * 2, _LONGEST_SLEEP)
        return None, False

    def _worked_out_alone(self, key: str, lease: Lease, compute: Callable[[], Kept]) -> Kept:
        def renew() -> None:
            self._server.call(*lease.renew())

        try:
            with self._watcher.watching(renew, RENEW_SECONDS):
                kept = compute()
        except BaseException:
            with suppress(ValkeyDownError):
                self._server.call(*lease.release())
            raise
        value = _encoded(key, kept)
        if len(value) > self._most_bytes:
            value = _encoded(key, Kept(kept.rows, _TOO_LARGE))
        with suppress(ValkeyDownError):
            self._server.together(("SET", key, value, "EX", self._seconds), lease.release())
        return kept


def _encoded(key: str, kept: Kept) -> bytes:
    return b"%b\n%d\n%b" % (key.encode(), kept.rows, kept.body)


def _decoded(key: str, value: Any) -> Kept | None:
    start = key.encode() + b"\n"
    if not isinstance(value, bytes) or not value.startswith(start):
        return None
    end = value.index(b"\n", len(start))
    body = value[end + 1 :]
    return None if body == _TOO_LARGE else Kept(int(value[len(start) : end]), body)


def result_cache() -> ResultCache:
    """The cache of this process."""
    return _cache(valkey(), settings.REPORT_CACHE_SECONDS, settings.REPORT_CACHE_MAX_BYTES)


@cache
def _cache(server: Valkey, seconds: int, most_bytes: int) -> ResultCache:
    return ResultCache(server, seconds, most_bytes)
