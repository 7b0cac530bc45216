"""Wake-ups: tasks that make a worker look for work; at most one of a kind waits in the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from django.db import transaction

from optilearn.core.queue import enqueue
from optilearn.core.tenancy.context import require_institution_id, tenant_context
from optilearn.core.valkey import ValkeyDownError, valkey
from optilearn.notifications.definitions import Channel

DELIVER_EMAIL: Final = "notifications.deliver_email"
DELIVER_PUSH: Final = "notifications.deliver_push"
DELIVER_IN_APP: Final = "notifications.deliver_in_app"
EXPAND: Final = "notifications.expand"

_SECONDS: Final = 30
"""A wake-up that was lost delays the next by so much. The sweeper ignores this limit."""

TASKS: Final[dict[str, str]] = {
    Channel.EMAIL: DELIVER_EMAIL,
    Channel.PUSH: DELIVER_PUSH,
    Channel.IN_APP: DELIVER_IN_APP,
    "expand": EXPAND,
}
"""The task for each kind of work."""

_ENQUEUE: Final[dict[str, Callable[[], None]]] = {
    Channel.EMAIL: lambda: enqueue(DELIVER_EMAIL),
    Channel.PUSH: lambda: enqueue(DELIVER_PUSH),
    Channel.IN_APP: lambda: enqueue(DELIVER_IN_APP),
    "expand": lambda: enqueue(EXPAND),
}


def wake_workers(work: Iterable[str]) -> None:
    """Send wake-ups for these kinds of work (a channel, ``expand``) after the commit.

    None is sent where one of the kind waits already: the worker that receives it looks for all
    due work. PostgreSQL is the source of what is due, so a lost wake-up delays and loses nothing.
    """
    institution_id = require_institution_id()
    for kind in work:
        transaction.on_commit(partial(_wake, institution_id, kind), robust=True)


def acknowledge(kind: str) -> None:
    """Allow the next wake-up of this kind: a worker received the last one."""
    try:
        valkey().call("DEL", _key(require_institution_id(), kind))
    except ValkeyDownError:
        return


def _wake(institution_id: int, kind: str) -> None:
    try:
        is_first = valkey().call("SET", _key(institution_id, kind), "1", "NX", "EX", _SECONDS)
    except ValkeyDownError:
        return  # the queue is in the same server; the sweeper finds what is due
    if is_first:
        with tenant_context(institution_id):
            _ENQUEUE[kind]()


def _key(institution_id: int, kind: str) -> str:
    return f"optilearn:awake:{institution_id}:{kind}"
