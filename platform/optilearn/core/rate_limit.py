"""Limit the rate of requests to a provider, over all processes together."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Final

from optilearn.core.valkey import ValkeyDownError, valkey

_ACQUIRE: Final = """
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then return pause * 1000 end
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local free = tonumber(redis.call('GET', KEYS[1]) or 0)
if free < now then free = now end
local wait = free - now - ARGV[2]
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', free + ARGV[1]), 'PX', 60000)
return 0
"""
"""Microseconds to wait; 0: a slot was acquired. ARGV: interval and burst, in microseconds."""

_PAUSE: Final = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
end
"""
_BURST: Final = 100_000
"""Microseconds of unused slots that may be acquired at once."""

_lock = threading.Lock()
_free: Final[dict[str, float]] = {}


def acquire(provider: str, per_second: int) -> float:
    """Acquire a slot: return 0 if the provider may be asked now, else the seconds to wait.

    Without Valkey each process limits its own rate.
    """
    interval = 1_000_000 // per_second
    keys = (f"optilearn:pace:{provider}", f"optilearn:pause:{provider}")
    try:
        return float(valkey().call("EVAL", _ACQUIRE, 2, *keys, interval, _BURST)) / 1_000_000
    except ValkeyDownError:
        return _acquire_alone(provider, 1 / per_second)


def pause(provider: str, seconds: float) -> None:
    """Stop all requests to a provider for so many seconds: it refused some for their rate.

    A longer pause that has begun stays.
    """
    try:
        milliseconds = max(1, int(seconds * 1000))
        valkey().call("EVAL", _PAUSE, 1, f"optilearn:pause:{provider}", milliseconds)
    except ValkeyDownError:
        with _lock:
            _free[provider] = max(_free.get(provider, 0.0), monotonic() + seconds)


def _acquire_alone(provider: str, interval: float) -> float:
    with _lock:
        moment = monotonic()
        free = max(_free.get(provider, 0.0), moment)
        if free > moment:
            return free - moment
        _free[provider] = free + interval
        return 0.0
