"""Handing work to Celery, by name and after the commit."""

from __future__ import annotations

from functools import cache
from typing import Any

from celery import Celery
from django.conf import settings
from django.db import transaction

from optilearn.core.tenancy.context import require_institution_id


def enqueue(task: str, **arguments: Any) -> None:
    """Send ``task`` with JSON arguments once the open transaction has committed.

    The worker runs it in the institution in force now. A broker that is down is logged and
    fails nothing: the change is committed already, so what must not be lost is in an outbox
    row or is found by a periodic task. Raises ``NoTenantError`` outside every context.
    """
    institution_id = require_institution_id()
    message = arguments | {"institution_id": institution_id}
    transaction.on_commit(
        lambda: _producer().send_task(task, kwargs=message, retry=False), robust=True
    )


@cache
def _producer() -> Celery:
    app = Celery(broker=settings.REDIS_URL)
    app.conf.update(
        task_serializer="json",
        task_ignore_result=True,
        broker_transport_options={"socket_connect_timeout": 1, "socket_timeout": 2},
    )
    return app
