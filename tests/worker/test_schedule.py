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
    from worker.schedule import FOR_EACH

    app.loader.import_default_modules()
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    outside = {name for name, task in ours.items() if not isinstance(task, TenantTask)}
    assert outside == {FOR_EACH}


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
