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

    The worker runs it in the institution in force now. Raises ``NoTenantError`` outside every
    context. What must not be lost if the broker is down belongs into an outbox row as well.
    """
    institution_id = require_institution_id()
    transaction.on_commit(
        lambda: _producer().send_task(task, kwargs=arguments | {"institution_id": institution_id})
    )


@cache
def _producer() -> Celery:
    app = Celery(broker=settings.REDIS_URL)
    app.conf.update(task_serializer="json", task_ignore_result=True)
    return app
