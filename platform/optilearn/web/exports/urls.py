"""The addresses of exports."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from optilearn.web.exports import views

urls: Final[list[URLPattern]] = [
    path("exports", views.export_list),
    path("exports/new", views.new),
    path("exports/<int:export_id>/file", views.download),
    path("exports/<int:export_id>/cancel", views.cancel),
    path("exports/<int:export_id>/delete", views.delete),
    path("run/exports", views.create),
    path("run/exports/<int:export_id>/again", views.again),
]
