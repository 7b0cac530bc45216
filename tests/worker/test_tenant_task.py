"""A real worker on a real Valkey: work runs in the sender's institution, after the commit."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.db import transaction

from optilearn.core import queue as core_queue
from optilearn.core.tenancy.context import NoTenantError, current_institution_id, tenant_context
from tests.support.services import redis_url

seen: queue.Queue[tuple[int | None, dict[str, Any]]] = queue.Queue()


@pytest.fixture(scope="module")
def worker() -> Iterator[None]:
    settings.REDIS_URL = redis_url()
    from worker.app import app

    app.conf.broker_url = redis_url()
    core_queue._producer.cache_clear()

    @app.task(name="test.remember", ignore_result=True)
    def remember(**arguments: Any) -> None:
        seen.put((current_institution_id(), arguments))

    with start_worker(app, perform_ping_check=False, shutdown_timeout=20):
        yield


@pytest.mark.filterwarnings("ignore")  # celery's in-process worker leaves sockets to the collector
@pytest.mark.django_db(transaction=False)
def test_a_task_runs_in_the_senders_institution(
    worker: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True), tenant_context(41):
        core_queue.enqueue("test.remember", text="नमस्ते")
        assert seen.empty()
    assert seen.get(timeout=20) == (41, {"text": "नमस्ते"})


@pytest.mark.django_db
def test_work_of_nobody_is_refused_and_a_rollback_sends_nothing() -> None:
    with pytest.raises(NoTenantError):
        core_queue.enqueue("test.remember")
    with pytest.raises(ZeroDivisionError), tenant_context(1), transaction.atomic():
        core_queue.enqueue("test.remember")
        raise ZeroDivisionError
    assert seen.empty()


def test_a_task_without_an_institution_cannot_be_called() -> None:
    from worker.app import TenantTask

    class Task(TenantTask):
        name = "test.nobody"

        def run(self) -> None:
            raise AssertionError("ran without an institution")

    with pytest.raises(TypeError, match="institution_id"):
        Task()()
