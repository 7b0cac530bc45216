"""Work that is sent by name has somebody who does it."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.support.twins import Twin

ROOT = Path(__file__).resolve().parents[2]


def registered() -> set[str]:
    from worker.app import app

    app.loader.import_default_modules()
    return set(app.tasks)


def enqueued() -> set[str]:
    """The names that the product hands to ``enqueue``."""
    found = set()
    for path in (ROOT / "platform" / "optilearn").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "enqueue":
                found.add(text_of(node.args[0], path))
    return found


def text_of(node: ast.expr, path: Path) -> str:
    """The text of a literal, or of the constant that the module knows by that name."""
    if isinstance(node, ast.Name):
        dotted = ".".join(path.relative_to(ROOT / "platform").with_suffix("").parts)
        return str(getattr(import_module(dotted), node.id))
    assert isinstance(node, ast.Constant), f"{path}: a task is named plainly"
    return str(node.value)


def test_every_name_that_is_sent_is_a_task() -> None:
    from worker.schedule import PERIODS

    names = enqueued()
    assert "crm.refresh_person" in names
    assert names | set(PERIODS) <= registered()


def test_every_task_belongs_to_an_institution_or_only_hands_out_work() -> None:
    from worker.app import TenantTask, app
    from worker.schedule import FOR_EACH, SWEEP

    app.loader.import_default_modules()
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    outside = {name for name, task in ours.items() if not isinstance(task, TenantTask)}
    assert outside == {FOR_EACH, SWEEP}


def test_each_institution_gets_its_own_message(
    twins: tuple[Twin, Twin], monkeypatch: pytest.MonkeyPatch
) -> None:
    from worker.tasks import schedule

    sent: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        schedule.app, "send_task", lambda name, kwargs, **_: sent.append((name, kwargs))
    )
    schedule.for_each_institution.run(task="enrollment.expire")
    assert sent == [("enrollment.expire", {"institution_id": twin.id}) for twin in twins]


def test_every_task_waits_in_the_queue_that_its_sender_uses() -> None:
    from optilearn.core.queue import QUEUES, ROUTES, queue_of
    from worker.app import app

    app.loader.import_default_modules()
    assert set(ROUTES) <= set(app.tasks)
    for name in app.tasks:
        assert app.amqp.router.route({}, name)["queue"].name == queue_of(name)
    assert {queue.name for queue in app.conf.task_queues} == set(QUEUES)
    assert {"email", "push", "inapp", "digest", "bulk"} <= set(QUEUES)


def test_the_sweeper_wakes_workers_for_due_work(
    twins: tuple[Twin, Twin], monkeypatch: pytest.MonkeyPatch
) -> None:
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.notifications import services
    from optilearn.notifications.audiences import StudentsOf
    from optilearn.notifications.delivery import in_app
    from tests.optilearn.notifications.support import payload
    from worker.tasks import notifications

    north, south = twins
    sent: set[tuple[str, int, str]] = set()

    def note(name: str, kwargs: dict[str, int], queue: str, expires: float) -> None:
        assert 600 <= expires <= 3_600  # longer than a busy queue, and not for ever
        sent.add((name, kwargs["institution_id"], queue))

    monkeypatch.setattr(notifications.app, "send_task", note)
    key = "LESSON_NEW_CONTENT"
    with tenant_context(north.id):
        services.send(key=key, to=north.people["lena"].pk, data=payload(key))
        in_app.deliver_in_app()
    with tenant_context(south.id):
        services.send_bulk(key=key, to=StudentsOf(1), data=payload(key))
    notifications.sweep.run()
    assert sent == {
        ("notifications.deliver_email", north.id, "email"),
        ("notifications.deliver_push", north.id, "push"),
        ("notifications.expand", south.id, "bulk"),
    }
