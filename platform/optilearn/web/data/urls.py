"""The addresses of the data."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from optilearn.web.data import views

urls: Final[list[URLPattern]] = [
    path("data", views.snapshots),
    path("data/now", views.now),
    path("data/take", views.take),
    path("data/compare", views.compare),
    path("data/<slug:snapshot_id>", views.snapshot),
    path("run/data/<slug:snapshot_id>/copy", views.copy),
]
