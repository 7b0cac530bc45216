"""The Celery application: `celery -A worker.app worker` and `… beat`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pkgutil import iter_modules
from typing import Any, cast

import django
from celery import Celery, Task
from kombu.entity import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "optilearn.config.settings")
django.setup()

from django.conf import settings  # noqa: E402  (Django is set up above)
from django.db import close_old_connections  # noqa: E402

from optilearn.core.queue import DEFAULT, QUEUES, ROUTES  # noqa: E402
from optilearn.core.tenancy.context import tenant_context  # noqa: E402
from worker import tasks  # noqa: E402
from worker.schedule import beat_schedule  # noqa: E402


class TenantTask(Task):  # type: ignore[misc]  # Celery has no types
    """A task of one institution: it runs in the tenant context of its sender."""

    def __call__(self, *args: Any, institution_id: int, **kwargs: Any) -> Any:
        """Run inside the institution, which every call has to name."""
        close_old_connections()
        try:
            with tenant_context(institution_id):
                return self.run(*args, **kwargs)
        finally:
            close_old_connections()


class SystemTask(Task):  # type: ignore[misc]  # Celery has no types
    """A task of no institution: it sees no tenant's rows, and only enqueues other tasks."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run outside every institution."""
        close_old_connections()
        try:
            return self.run(*args, **kwargs)
        finally:
            close_old_connections()


app = Celery("optilearn", broker=settings.REDIS_URL, task_cls=TenantTask)
app.conf.update(
    include=[f"worker.tasks.{module.name}" for module in iter_modules(tasks.__path__)],
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_default_queue=DEFAULT,
    task_queues=[Queue(name) for name in QUEUES],  # type: ignore[no-untyped-call]
    task_routes={task: {"queue": queue} for task, queue in ROUTES.items()},
    task_acks_late=True,  # a killed worker's task runs again; tasks are idempotent
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport="worker.transport:Transport",
    timezone="UTC",
    beat_schedule=beat_schedule(),
)


def task(
    name: str, *, base: type[Task] = TenantTask
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the task of that name.

    Celery has no types, so this is the one place that casts its decorator.
    """
    return cast(
        "Callable[[Callable[..., None]], Callable[..., None]]", app.task(name=name, base=base)
    )
