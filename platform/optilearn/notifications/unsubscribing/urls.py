"""The page's address."""

from __future__ import annotations

from django.urls import URLPattern, path

from optilearn.notifications.unsubscribing.views import unsubscribe

urls: list[URLPattern] = [path("u/<str:token>", unsubscribe)]
