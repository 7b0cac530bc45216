"""Not asking a provider faster than it allows, over all processes together."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Final

from optilearn.core.valkey import ValkeyDownError, valkey

_TAKE: Final = """
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
"""Microseconds to wait; 0 takes a turn. ARGV: between two turns, and how many may be saved up."""

_PAUSE: Final = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
end
"""
_BURST: Final = 100_000
"""Microseconds of turns that may be taken at once after a rest."""

_lock = threading.Lock()
_free: Final[dict[str, float]] = {}


def take_turn(provider: str, per_second: int) -> float:
    """Seconds to wait before asking again; 0 if the provider may be asked now.

    Without Valkey each process keeps the pace by itself.
    """
    interval = 1_000_000 // per_second
    keys = (f"optilearn:pace:{provider}", f"optilearn:pause:{provider}")
    try:
        return float(valkey().call("EVAL", _TAKE, 2, *keys, interval, _BURST)) / 1_000_000
    except ValkeyDownError:
        return _alone(provider, 1 / per_second)


def pause(provider: str, seconds: float) -> None:
    """Nobody asks the provider for so long: it said that it has had enough.

    A longer pause that has begun stays.
    """
    try:
        milliseconds = max(1, int(seconds * 1000))
        valkey().call("EVAL", _PAUSE, 1, f"optilearn:pause:{provider}", milliseconds)
    except ValkeyDownError:
        with _lock:
            _free[provider] = max(_free.get(provider, 0.0), monotonic() + seconds)


def _alone(provider: str, interval: float) -> float:
    with _lock:
        moment = monotonic()
        free = max(_free.get(provider, 0.0), moment)
        if free > moment:
            return free - moment
        _free[provider] = free + interval
        return 0.0
