"""Expiring the session cookie that OptiCRM set, with all its chunks."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from optilearn.core.access.resolver import ACTING_COOKIE


def expire_session_cookies(request: HttpRequest, response: HttpResponse) -> None:
    """Expire the bare name and every chunk the browser sent, on the domain they were set for."""
    name = settings.AUTH_COOKIE
    sent = {key for key in request.COOKIES if key.removeprefix(f"{name}.").isdecimal()}
    for key in {name, *sent}:
        response.set_cookie(
            key,
            "",
            max_age=0,
            domain=settings.AUTH_COOKIE_DOMAIN or None,
            secure=not settings.DEBUG,
            httponly=True,
            samesite="Lax",
        )
    response.delete_cookie(ACTING_COOKIE, samesite="Lax")
