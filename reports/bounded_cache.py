"""A cache that is bounded by the cost of its entries, not by their number."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """At most ``max_bytes`` of entries, the ones that were used last; safe between threads.

    An entry of more than a quarter of the budget isn't stored.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: K) -> V | None:
        """Return the entry, if there is one."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Store an entry of about ``size`` bytes."""
        if size > self._max_bytes // 4:
            return
        with self._lock:
            _, before = self._entries.pop(key, (None, 0))
            self._entries[key] = (value, size)
            self._bytes += size - before
            while self._bytes > self._max_bytes:
                _, (_, gone) = self._entries.popitem(last=False)
                self._bytes -= gone

    @property
    def bytes(self) -> int:
        """The cost of the entries, as far as it was given."""
        return self._bytes
