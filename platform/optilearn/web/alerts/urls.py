"""The addresses of alerts."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from optilearn.web.alerts import actions, editing, views

urls: Final[list[URLPattern]] = [
    path("alerts", views.alert_list),
    path("alerts/new", editing.new),
    path("alerts/<int:alert_id>", views.alert_detail),
    path("alerts/<int:alert_id>/edit", editing.edit),
    path("alerts/<int:alert_id>/snooze", actions.snooze),
    path("alerts/<int:alert_id>/mute", actions.mute),
    path("alerts/<int:alert_id>/delete", actions.delete),
    path("run/alert-backtest", editing.backtest),
]
