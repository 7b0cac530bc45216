"""Answers cached in Valkey as the bytes that are sent.

An answer is identified by all that can change it (``reports.contracts.AnswerIdentity``): the
definition, the snapshot, the one it is compared with, and the scope; besides by the
institution, by the code that worked it out, and by the digests of the files, as a snapshot is
rewritten when a person is erased. Files are immutable, so a cached answer is never stale; it
expires, or is evicted when Valkey needs the room.

A cached value is its own key, the number of rows, and the JSON of ``data`` without its end: what
differs from serve to serve, ``ms`` and ``cached``, comes last in the text, so serving is
appending them, and nothing is decoded. The key inside is compared with the one that was asked
for: an answer to another question is never served, whatever mixed them up.

A missing answer is computed once. In a process the threads share one computation
(:mod:`optilearn.analytics.single_flight`); between processes a lease in Valkey decides, which its
owner renews while it works. The others poll for the value, and take over when the lease is gone:
released by an owner who failed, or expired because the owner is gone. A question that fails is
asked by one process after another, never by all at once. An owner who lost the lease meanwhile
may still store its result: it is the same value.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from optilearn.analytics.single_flight import Deadline, SingleFlight
from optilearn.analytics.watcher import Watcher
from optilearn.core.http.envelope import encode
from optilearn.core.valkey import Lease, Valkey, ValkeyDownError, valkey
from reports import api as reports
from reports.contracts import AnswerIdentity, Result

WIRE_VERSION: Final = 1
"""Incremented when the form of cached values changes."""
LEASE_MILLISECONDS: Final = 4_000
"""After this a computation whose owner is gone is taken over."""
RENEW_SECONDS: Final = 1.0
_FIRST_SLEEP: Final = 0.01
_LONGEST_SLEEP: Final = 0.1
_TOO_LARGE: Final = b"too large"
"""Stored in place of an answer that is too large to be cached, so that nobody waits for it."""


@dataclass(frozen=True)
class CachedAnswer:
    """An answer without its end, and what the audit log needs of it."""

    rows: int
    body: bytes

    @classmethod
    def of(cls, result: Result) -> CachedAnswer:
        """Encode an answer."""
        wire = result.to_wire()
        meta = {k: v for k, v in wire.pop("meta").items() if k not in {"ms", "cached"}}
        body = encode(wire)[:-1] + b',"meta":' + encode(meta)[:-1]
        return cls(result.meta.row_count, body)

    def data(self, ms: float, *, cached: bool) -> bytes:
        """Return the whole JSON of ``data``, served in ``ms`` milliseconds."""
        return b'%b,"ms":%.1f,"cached":%b}}' % (self.body, ms, b"true" if cached else b"false")


def key_of(institution_id: int, identity: AnswerIdentity) -> str:
    """Return the key under which an institution's answer is cached."""
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
    """Return a digest of the engine's code: a deployment doesn't serve another's answers."""
    folder = Path(reports.__file__).parent
    digest = hashlib.blake2b(version("duckdb").encode(), digest_size=8)
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()


class ResultCache:
    """Finds and stores answers; works without Valkey too, but slower.

    ``seconds`` is the lifetime of an answer (0: nothing is cached), ``max_bytes`` its size limit.
    """

    def __init__(self, server: Valkey, seconds: int, max_bytes: int) -> None:
        self._server = server
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._single_flight: SingleFlight[tuple[CachedAnswer, bool]] = SingleFlight()
        self._watcher = Watcher()

    def find(self, key: str) -> CachedAnswer | None:
        """Return the cached answer, if there is one."""
        if not self._seconds:
            return None
        try:
            return _decoded(key, self._server.call("GET", key))
        except ValkeyDownError:
            return None

    def find_all(self, keys: Sequence[str]) -> list[CachedAnswer | None]:
        """Return the cached answers, in one call; None for each that is missing."""
        if not self._seconds or not keys:
            return [None] * len(keys)
        try:
            values = self._server.call("MGET", *keys)
        except ValkeyDownError:
            return [None] * len(keys)
        return [_decoded(key, value) for key, value in zip(keys, values, strict=True)]

    def answer(
        self, key: str, compute: Callable[[], Result], deadline: Deadline
    ) -> tuple[CachedAnswer, bool]:
        """Return the answer, and True if it was cached or computed by another caller.

        Raises what ``compute`` raises, ReportTimeout, and ReportCancelled.
        """

        def found() -> tuple[CachedAnswer, bool]:
            return self._worked_out(key, lambda: CachedAnswer.of(compute()), deadline)

        (cached, was_there), is_shared = self._single_flight.share(key, found, deadline)
        return cached, was_there or is_shared

    def _worked_out(
        self, key: str, compute: Callable[[], CachedAnswer], deadline: Deadline
    ) -> tuple[CachedAnswer, bool]:
        lease = Lease(f"{key}:lease", LEASE_MILLISECONDS)
        try:
            cached, is_ours = self._waited(key, lease, deadline)
        except ValkeyDownError:
            return compute(), False
        if cached is not None:
            return cached, True
        if not is_ours:
            return compute(), False
        return self._worked_out_alone(key, lease, compute), False

    def _waited(
        self, key: str, lease: Lease, deadline: Deadline
    ) -> tuple[CachedAnswer | None, bool]:
        """Wait for the answer; return it, or None and True if the lease is ours.

        None and False: the answer is too large to be cached, or nothing is cached at all.
        """
        sleep = _FIRST_SLEEP
        while self._seconds:
            acquired, value = self._server.together(lease.acquire(), ("GET", key))
            cached = _decoded(key, value)
            if acquired and value is None:
                return None, True
            if acquired:
                self._server.call(*lease.release())
            if value is not None:
                return cached, False
            deadline.check()
            time.sleep(min(sleep, max(deadline.left, 0)))
            sleep = min(sleep * 2, _LONGEST_SLEEP)
        return None, False

    def _worked_out_alone(
        self, key: str, lease: Lease, compute: Callable[[], CachedAnswer]
    ) -> CachedAnswer:
        def renew() -> None:
            self._server.call(*lease.renew())

        try:
            with self._watcher.watching(renew, RENEW_SECONDS):
                cached = compute()
        except BaseException:
            with suppress(ValkeyDownError):
                self._server.call(*lease.release())
            raise
        value = _encoded(key, cached)
        if len(value) > self._max_bytes:
            value = _encoded(key, CachedAnswer(cached.rows, _TOO_LARGE))
        with suppress(ValkeyDownError):
            self._server.together(("SET", key, value, "EX", self._seconds), lease.release())
        return cached


def _encoded(key: str, cached: CachedAnswer) -> bytes:
    return b"%b\n%d\n%b" % (key.encode(), cached.rows, cached.body)


def _decoded(key: str, value: Any) -> CachedAnswer | None:
    start = key.encode() + b"\n"
    if not isinstance(value, bytes) or not value.startswith(start):
        return None
    end = value.index(b"\n", len(start))
    body = value[end + 1 :]
    return None if body == _TOO_LARGE else CachedAnswer(int(value[len(start) : end]), body)


def result_cache() -> ResultCache:
    """Return the cache of this process."""
    return _cache(valkey(), settings.REPORT_CACHE_SECONDS, settings.REPORT_CACHE_MAX_BYTES)


@cache
def _cache(server: Valkey, seconds: int, max_bytes: int) -> ResultCache:
    return ResultCache(server, seconds, max_bytes)
