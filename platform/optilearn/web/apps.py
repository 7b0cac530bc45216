"""The app of the pages."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages. It has no tables."""

    name = "optilearn.web"
