"""Addresses of the reader's own pages."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.urls import URLPattern, path

from optilearn.web.account import components, search, views
from optilearn.web.account.signin import development_urls

urls: Final[list[URLPattern]] = [
    path("language", views.language),
    path("theme", views.theme),
    path("sign-out", views.sign_out),
    path("acting/stop", views.stop_acting),
    path("notifications", views.notifications),
    path("notifications/read", views.mark_read),
    path("notifications/<int:message_id>", views.open_message),
    path("settings/notifications", views.preferences),
    path("search", search.results),
    path("search.json", search.found),
    *development_urls(),
    *([path("components", components.page_of_components)] if settings.DEBUG else []),
]
