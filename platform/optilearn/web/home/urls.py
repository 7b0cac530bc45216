"""The addresses of the home page."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from optilearn.web.home import stand_ins, views

urls: Final[list[URLPattern]] = [
    path("", views.home),
    path("run/home", views.changes),
    *stand_ins.urls,
]
