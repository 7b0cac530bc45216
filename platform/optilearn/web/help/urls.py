"""Addresses of the documents."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from optilearn.web.help import views
from optilearn.web.help.chapters import IMAGES

urls: Final[list[URLPattern]] = [
    path("docs", views.index),
    path(f"docs/{IMAGES}/<str:name>", views.image),
    path("docs/<path:name>", views.read),
]
