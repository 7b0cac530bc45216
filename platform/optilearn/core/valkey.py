"""Valkey for data that may be lost: cached answers, leases, stop requests.

Callers go on without it: a server that is down or slow costs one short timeout, after which it
isn't called for a while, and the log says so once a minute.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from time import monotonic
from typing import Any, Final, Protocol, cast

from django.conf import settings

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 1.0
"""Seconds for which a server that failed isn't called again."""
_LOG_SECONDS: Final = 60.0

_RELEASE: Final = (
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
)
_RENEW: Final = (
    "if redis.call('GET', KEYS[1]) == ARGV[1]"
    " then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"
)

Value = str | bytes | int
Command = tuple[Value, ...]


class ValkeyDownError(RuntimeError):
    """Valkey can't be asked now; it is logged already."""


class _Client(Protocol):
    """The part of redis-py in use; its own annotations cover asynchronous clients as well."""

    def execute_command(self, *words: Value) -> Any:
        """The reply to one command."""


class Valkey:
    """A server at ``url``; safe to use from several threads, and after a fork.

    ``timeout`` is in seconds, for connecting and for each reply.
    """

    def __init__(self, url: str, timeout: float) -> None:
        import redis  # noqa: PLC0415 - slow to import, and many commands never need it
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415

        self._redis = redis.Redis.from_url(
            url,
            socket_connect_timeout=timeout,
            socket_timeout=timeout,
            # Try once more: the server may have restarted while the connection was idle.
            retry=Retry(NoBackoff(), 1, (redis.ConnectionError,)),
            protocol=2,
        )
        self._failure, self._rejection = redis.RedisError, redis.ResponseError
        self._client = cast(_Client, self._redis)
        self._down_until = 0.0
        self._log_from = 0.0

    def call(self, *words: Value) -> Any:
        """The reply to one command. Raises ``ValkeyDownError``."""
        return self._call(lambda: self._client.execute_command(*words))

    def together(self, *commands: Command) -> list[Any]:
        """The replies to commands that are run as one, in one message.

        Raises ``ValkeyDownError``, also if one of them is refused.
        """

        def send() -> list[Any]:
            with self._redis.pipeline(transaction=True) as pipeline:
                client = cast(_Client, pipeline)
                for words in commands:
                    client.execute_command(*words)
                return pipeline.execute()

        return cast(list[Any], self._call(send))

    def close(self) -> None:
        """Close its connections; it can be used again afterwards."""
        self._redis.close()
        self._redis.connection_pool.disconnect()

    def _call(self, send: Callable[[], Any]) -> Any:
        if monotonic() < self._down_until:
            raise ValkeyDownError("Valkey failed a moment ago.")
        try:
            return send()
        except self._rejection as error:  # it is up, but refused this command (out of memory, say)
            raise self._logged(error) from error
        except self._failure as error:
            self._down_until = monotonic() + PAUSE_SECONDS
            raise self._logged(error) from error

    def _logged(self, error: Exception) -> ValkeyDownError:
        now = monotonic()
        if now >= self._log_from:
            self._log_from = now + _LOG_SECONDS
            log.warning("Valkey can't be used, going on without it: %s", error)
        return ValkeyDownError(str(error))


@dataclass(frozen=True)
class Lease:
    """The right to do a piece of work alone, for as long as it is renewed.

    Only its owner, who knows the token, can renew or end it.
    """

    key: str
    milliseconds: int
    token: str = field(default_factory=lambda: secrets.token_hex(16))

    def acquire(self) -> Command:
        """The command that takes it if nobody has it: its reply is None otherwise."""
        return ("SET", self.key, self.token, "NX", "PX", self.milliseconds)

    def renew(self) -> Command:
        """The command that makes it last anew: 0 if it isn't ours any more."""
        return ("EVAL", _RENEW, 1, self.key, self.token, self.milliseconds)

    def release(self) -> Command:
        """The command that ends it, if it is still ours."""
        return ("EVAL", _RELEASE, 1, self.key, self.token)


_lock = threading.Lock()


def valkey() -> Valkey:
    """The server of ``settings.REDIS_URL``."""
    with _lock:
        return _open(settings.REDIS_URL, settings.VALKEY_TIMEOUT_SECONDS)


@cache
def _open(url: str, timeout: float) -> Valkey:
    return Valkey(url, timeout)
