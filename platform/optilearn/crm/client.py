"""The client of OptiCRM (docs/rules.md#opticrm): cached reads with retries, and one push."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from secrets import SystemRandom
from time import monotonic, sleep
from typing import Any, Final, TypeVar

import msgspec
from django.conf import settings

from optilearn.core.jsontext import read_json
from optilearn.core.valkey import valkey
from optilearn.crm.breaker import Breaker
from optilearn.crm.cache import CrmCache
from optilearn.crm.endpoints import COMPLETION, COMPLETION_PATH, Endpoint
from optilearn.crm.errors import (
    CrmAnswerError,
    CrmDown,
    CrmError,
    CrmNotFound,
    CrmOff,
    CrmRefused,
)
from optilearn.crm.exchange import Answer, Request
from optilearn.crm.wire import Completion, PushReceipt

log = logging.getLogger(__name__)

T = TypeVar("T")

_SLUG: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_chance: Final = SystemRandom()


@dataclass(frozen=True)
class Tenant:
    """The institution whose OptiCRM is called; ``crm_id`` is OptiCRM's id of it."""

    institution_id: int
    slug: str
    crm_id: str


@dataclass(frozen=True)
class CrmSettings:
    """The address of OptiCRM and the limits of a call; times in seconds.

    ``url`` may hold ``{slug}``; without it the header alone says whose it is.
    """

    url: str
    api_key: str
    connect: float = 1.0
    read: float = 3.0
    total: float = 5.0
    """For a whole call, its repetitions included."""
    retries: int = 2
    first_pause: float = 0.1
    failures: int = 5
    rest: float = 30.0


class OptiCrm:
    """Asks OptiCRM for institutions. One for each process; safe for several threads.

    Every call may raise a ``CrmError``: ``CrmDown`` (``CrmOff`` if none is connected),
    ``CrmRefused``, ``CrmNotFound``, ``CrmAnswerError``; ``ValueError`` without a slug.
    """

    def __init__(
        self, facts: CrmSettings, cache: CrmCache, clock: Callable[[], float] = monotonic
    ) -> None:
        self._facts = facts
        self._cache = cache
        self._clock = clock
        from optilearn.crm.transport import Transport  # noqa: PLC0415 - httpx is slow to import

        self._transport = Transport(facts.connect, facts.read)
        self.breaker = Breaker(facts.failures, facts.rest, clock)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def is_connected(self) -> bool:
        """True if an OptiCRM is configured."""
        return bool(self._facts.api_key)

    def read(
        self, tenant: Tenant, endpoint: Endpoint[T], key: str = "", *, fresh: bool = False
    ) -> T:
        """Return the answer of an endpoint about ``key``, cached for five minutes where allowed.

        ``fresh`` asks OptiCRM even if an answer is cached.
        """
        path = endpoint.path_of(key)
        request = self._request(tenant, endpoint.name, path)
        if endpoint.is_cached and not fresh:
            data = self._cache.find(tenant.institution_id, endpoint.name, key)
            if data is not None:
                return _typed(tenant, endpoint, key, read_json(data))
        with self._watched(tenant, endpoint.name):
            data = _data(endpoint.name, self._repeated(request))
            found = _typed(tenant, endpoint, key, data)
        if endpoint.is_cached:
            body = msgspec.json.encode(data)
            self._cache.store(tenant.institution_id, endpoint.name, key, body)
        return found

    def push(self, tenant: Tenant, completion: Completion, idempotency_key: str) -> PushReceipt:
        """Push a completed course, once: the outbox repeats it."""
        body = msgspec.json.encode(completion)
        request = self._request(tenant, COMPLETION, COMPLETION_PATH, body, idempotency_key)
        with self._watched(tenant, COMPLETION):
            answer = self._transport.send(request, monotonic() + self._facts.total)
            data = _data(COMPLETION, _good(COMPLETION, answer))
            return _typed(tenant, _RECEIPT, "", data)

    def invalidate(self, tenant: Tenant, endpoint: Endpoint[Any], key: str) -> None:
        """Remove the cached answer."""
        self._cache.invalidate(tenant.institution_id, endpoint.name, key)

    @contextmanager
    def _watched(self, tenant: Tenant, endpoint: str) -> Iterator[None]:
        """The breaker around a call, and a line in the log for what fails."""
        try:
            with self.breaker.watching(tenant.institution_id, endpoint):
                yield
        except CrmNotFound:
            raise
        except CrmError as error:
            log.warning("Institution %s: %s", tenant.institution_id, error)
            raise

    def _request(
        self, tenant: Tenant, endpoint: str, path: str, content: bytes | None = None, key: str = ""
    ) -> Request:
        if not _SLUG.fullmatch(tenant.slug):
            raise ValueError("OptiCRM is never asked without an institution's slug.")
        if not self._facts.api_key:
            raise CrmOff(endpoint, "no OptiCRM is connected")
        headers = {
            "Authorization": f"Bearer {self._facts.api_key}",
            "x-institution-slug": tenant.slug,
            "Accept": "application/json",
            "User-Agent": "OptiLearn",
        }
        url = self._facts.url.replace("{slug}", tenant.slug).rstrip("/") + path
        if content is None:
            return Request(endpoint, url, headers)
        headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        return Request(endpoint, url, headers, "POST", content)

    def _repeated(self, request: Request) -> bytes:
        """The body of a good answer; a read that failed is tried again while there is time."""
        deadline = monotonic() + self._facts.total
        attempt = 0
        while True:
            try:
                return _good(request.endpoint, self._transport.send(request, deadline))
            except CrmDown as error:
                longest = self._facts.first_pause * 2**attempt
                pause = error.retry_after
                if pause is None:
                    pause = _chance.uniform(0, longest)
                attempt += 1
                if attempt > self._facts.retries or monotonic() + pause >= deadline:
                    raise
            sleep(pause)


_RECEIPT: Final[Endpoint[PushReceipt]] = Endpoint(COMPLETION, COMPLETION_PATH, PushReceipt)


def _good(endpoint: str, answer: Answer) -> bytes:
    """The body, if the status says that it is an answer."""
    status = answer.status
    if 200 <= status < 300:
        return answer.body
    if status == 404:
        raise CrmNotFound(endpoint, "there is no such record")
    if status == 429 or status >= 500:
        raise CrmDown(endpoint, f"it answered {status}", answer.retry_after)
    if 400 <= status < 500:
        raise CrmRefused(endpoint, f"it refused with {status}", status)
    raise CrmAnswerError(endpoint, f"it answered {status}")


def _data(endpoint: str, body: bytes) -> Any:
    """Return the data of the envelope."""
    try:
        envelope = read_json(body)
    except ValueError as error:
        raise CrmAnswerError(endpoint, "the answer is not JSON") from error
    if not isinstance(envelope, dict) or "data" not in envelope or envelope.get("error"):
        raise CrmAnswerError(endpoint, "the answer is in no envelope")
    return envelope["data"]


def _typed(tenant: Tenant, endpoint: Endpoint[T], key: str, data: Any) -> T:
    """The answer as its type, if it is this institution's and about who was asked for."""
    if _names_another(tenant, data):
        raise CrmAnswerError(endpoint.name, "the answer is another institution's")
    try:
        found: T = msgspec.convert(data, endpoint.type)
    except msgspec.ValidationError as error:
        # msgspec names places and types, never values.
        raise CrmAnswerError(endpoint.name, f"the answer has another form: {error}") from error
    if endpoint.subject is not None and endpoint.subject(found) != key:
        raise CrmAnswerError(endpoint.name, "the answer is about somebody else")
    return found


def _names_another(tenant: Tenant, data: Any) -> bool:
    if isinstance(data, list):
        return any(_names_another(tenant, part) for part in data)
    if not isinstance(data, dict):
        return False
    own = {"institutionId": tenant.crm_id, "institutionSlug": tenant.slug}
    if any(data.get(name, mine) != mine for name, mine in own.items()):
        return True
    return any(_names_another(tenant, part) for part in data.values())


def opticrm() -> OptiCrm:
    """The client of this process, after a fork another one."""
    return _client(os.getpid(), crm_settings())


def crm_settings() -> CrmSettings:
    """Read the settings of OptiCRM from Django's."""
    return CrmSettings(
        url=settings.OPTICRM_URL,
        api_key=settings.OPTICRM_API_KEY,
        connect=settings.OPTICRM_CONNECT_SECONDS,
        read=settings.OPTICRM_READ_SECONDS,
        total=settings.OPTICRM_TOTAL_SECONDS,
        failures=settings.OPTICRM_BREAKER_FAILURES,
        rest=settings.OPTICRM_BREAKER_SECONDS,
    )


@cache
def _client(_process: int, facts: CrmSettings) -> OptiCrm:
    return OptiCrm(facts, CrmCache(valkey()))
