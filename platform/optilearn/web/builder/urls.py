"""The addresses of the builder; those that make the engine run begin with ``/run/``."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from optilearn.web.builder import running, views

urls: Final[list[URLPattern]] = [
    path("reports/new", views.new_report),
    path("reports/<int:item_id>", views.read_report),
    path("reports/<int:item_id>/edit", views.edit_report),
    path("reports/choices/<slug:entity>", views.report_choices),
    path("run/report", running.run_report),
    path("run/drill", running.run_drill),
    path("run/values", running.run_values),
]
