"""The frame of each page: navigation, institution, language, theme, notifications."""

from __future__ import annotations

from typing import Any, Final, Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest
from django.utils import translation

from optilearn.core.access.principal import Principal
from optilearn.core.tenancy.context import current_institution_id
from optilearn.institutions.selectors import InstitutionRow, known_institution
from optilearn.notifications.inbox.selectors import unread_count
from optilearn.web.navigation import navigation

Theme = Literal["light", "dark", ""]
THEME_COOKIE: Final = "optilearn_theme"
SIDEBAR_COOKIE: Final = "optilearn_sidebar"


def theme_of(request: HttpRequest) -> Theme:
    """Return the chosen theme; empty: as the reader's system has it."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return "light" if chosen == "light" else "dark" if chosen == "dark" else ""


def frame(request: HttpRequest, active: str = "") -> dict[str, Any]:
    """Return the values that the base template reads.

    One query, for new notifications; none for who isn't signed in, or where the database is down.
    """
    principal: Principal | None = getattr(request, "principal", None)
    values: dict[str, Any] = {
        "theme": theme_of(request),
        "language": translation.get_language() or "en",
        "languages": settings.LANGUAGES,
        "development": settings.DEBUG,
        "principal": principal,
        "here": _here(request),
        "narrow_sidebar": request.COOKIES.get(SIDEBAR_COOKIE) == "narrow",
    }
    if principal is None:
        return values
    return values | {
        "institution": _institution(principal),
        "navigation": navigation(principal, active),
        "unread": _unread(principal),
        "toasts": [str(message) for message in messages.get_messages(request)],
    }


def _here(request: HttpRequest) -> str:
    """Return the page to stay on when language or theme change: never one that takes forms only."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    try:
        came_from = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    own = came_from.netloc == request.get_host()
    return came_from._replace(scheme="", netloc="").geturl() if own else "/"


def _unread(principal: Principal) -> int:
    if current_institution_id() is None:  # an error page, after the request's context has closed
        return 0
    try:
        return unread_count(principal)
    except (DatabaseError, InterfaceError):
        return 0


def _institution(principal: Principal) -> InstitutionRow | None:
    try:
        return known_institution(principal.institution_slug)
    except (DatabaseError, InterfaceError):
        return None
