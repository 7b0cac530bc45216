"""The addresses of SQL."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from optilearn.web.sql import views

urls: Final[list[URLPattern]] = [
    path("sql", views.editor),
    path("sql/save", views.save),
    path("run/sql", views.run),
    path("run/sql/file", views.file),
]
