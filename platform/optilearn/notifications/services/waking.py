"""Telling the workers that there is work: at most one message a channel waits in the queue."""

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
"""A message that was lost holds up the next for so long; the sweeper doesn't ask."""

TASKS: Final[dict[str, str]] = {
    Channel.EMAIL: DELIVER_EMAIL,
    Channel.PUSH: DELIVER_PUSH,
    Channel.IN_APP: DELIVER_IN_APP,
    "expand": EXPAND,
}
"""The task of each kind of work."""

_SEND: Final[dict[str, Callable[[], None]]] = {
    Channel.EMAIL: lambda: enqueue(DELIVER_EMAIL),
    Channel.PUSH: lambda: enqueue(DELIVER_PUSH),
    Channel.IN_APP: lambda: enqueue(DELIVER_IN_APP),
    "expand": lambda: enqueue(EXPAND),
}


def wake(work: Iterable[str]) -> None:
    """After the commit, see to it that a worker looks for this work (a channel, ``expand``).

    Where a message of the kind is waiting already no second one is sent: whoever takes it looks
    for all that is due. PostgreSQL knows what is due, so a message that is lost delays and
    loses nothing.
    """
    institution_id = require_institution_id()
    for kind in work:
        transaction.on_commit(partial(_wake, institution_id, kind), robust=True)


def awake(kind: str) -> None:
    """The worker took the message: what is committed from now on sends another."""
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
            _SEND[kind]()


def _key(institution_id: int, kind: str) -> str:
    return f"optilearn:awake:{institution_id}:{kind}"
