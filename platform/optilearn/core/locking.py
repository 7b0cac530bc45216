"""Work that is done one after the other, or each for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from logging import Logger
from typing import TypeVar

from django.db import connection, transaction

K = TypeVar("K")


def lock_name(name: str, number: int, *, is_shared: bool = False) -> None:
    """Wait for whoever holds the lock of that name and number, and hold it until the commit.

    For what has no row to lock, or not yet. Those who share it wait for one who doesn't alone.
    """
    lock = "pg_advisory_xact_lock_shared" if is_shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(hashtextextended(%s, %s))", [f"optilearn.{name}", number])


def each_alone(keys: Iterable[K], act: Callable[[K], bool], logger: Logger, what: str) -> int:
    """Act on each in a transaction of its own; return the number that ``act`` returned True for.

    One that fails is logged as ``what``, and mustn't hold up all others.
    """
    done = 0
    for key in keys:
        try:
            with transaction.atomic():
                done += act(key)
        except Exception:  # whatever it is: the next run tries it again
            logger.exception("%s %s failed", what, key)
    return done
