"""Handing work to Celery, by name and after the commit."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction

from optilearn.core.tenancy.context import require_institution_id

if TYPE_CHECKING:
    from celery import Celery

DEFAULT: Final = "default"
EMAIL: Final = "email"
PUSH: Final = "push"
IN_APP: Final = "inapp"
DIGEST: Final = "digest"
BULK: Final = "bulk"
EXPORTS: Final = "exports"
QUEUES: Final = (DEFAULT, EMAIL, PUSH, IN_APP, DIGEST, BULK, EXPORTS)

ROUTES: Final[dict[str, str]] = {
    "exports.run": EXPORTS,
    "notifications.deliver_email": EMAIL,
    "notifications.deliver_push": PUSH,
    "notifications.deliver_in_app": IN_APP,
    "notifications.expand": BULK,
    "notifications.make_digests": DIGEST,
    "notifications.reengage": DIGEST,
}
"""The tasks that don't wait behind the others."""


def queue_of(task: str) -> str:
    """The queue that a task waits in."""
    return ROUTES.get(task, DEFAULT)


def enqueue(task: str, **arguments: Any) -> None:
    """Send ``task`` with JSON arguments once the open transaction has committed.

    The worker runs it in the institution in force now. A broker that is down is logged and
    fails nothing: the change is committed already, so what must not be lost is in an outbox
    row or is found by a periodic task. Raises ``NoTenantError`` outside every context.
    """
    institution_id = require_institution_id()
    message = arguments | {"institution_id": institution_id}
    transaction.on_commit(
        lambda: _producer().send_task(task, kwargs=message, queue=queue_of(task), retry=False),
        robust=True,
    )


@cache
def _producer() -> Celery:
    from celery import Celery  # noqa: PLC0415 - slow to import, and most commands enqueue nothing

    app = Celery(broker=settings.REDIS_URL)
    app.conf.update(
        task_serializer="json",
        task_ignore_result=True,
        task_default_queue=DEFAULT,
        broker_transport_options={"socket_connect_timeout": 1, "socket_timeout": 2},
    )
    return app
