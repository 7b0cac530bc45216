"""Subscribing again, as a second ``ready()`` does, changes nothing."""

from __future__ import annotations

from django.apps import apps

from optilearn.core import events


def test_apps_that_are_set_up_again_subscribe_once() -> None:
    before = {event: list(handlers) for event, handlers in events._handlers.items()}
    assert sum(map(len, before.values())) > 5
    for name in ("enrollment", "notifications"):
        apps.get_app_config(name).ready()
    assert events._handlers == before
