"""From a request to a ``Principal``: the door (house.md §4.1)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest

from optilearn.core.access.cookies import session_candidates
from optilearn.core.access.principal import Principal
from optilearn.core.access.tokens import SessionClaims, TokenError, decode

log = logging.getLogger(__name__)

Finder = Callable[[SessionClaims], Principal]
"""Finds the person that the claims name. Raises ``TokenError`` if there is none."""

_finders: Final[list[Finder]] = []


def register_finder(finder: Finder) -> None:
    """Called once, by the app that owns people (core imports no app)."""
    _finders[:] = [finder]


def authenticate(request: HttpRequest) -> Principal | None:
    """The principal of the session cookie, else of the bearer token; ``None`` without a valid one.

    As in Auth.js the bearer counts only when there is no session cookie.
    """
    tokens = session_candidates(request.META.get("HTTP_COOKIE", ""), settings.AUTH_COOKIE)
    if not tokens:
        scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        tokens = [unquote(value.strip())] if scheme == "Bearer" and value.strip() else []
    if not tokens and "next-auth.session-token" in request.META.get("HTTP_COOKIE", ""):
        log.warning("A next-auth v4 session cookie was sent; OptiLearn reads Auth.js v5 sessions.")
    for token in tokens:
        try:
            return principal_of(token)
        except TokenError as error:
            log.info("A session token was refused: %s.", error.reason)
    return None


def principal_of(token: str) -> Principal:
    """The person that a token names. Raises ``TokenError``."""
    claims = decode(token, secrets=settings.AUTH_SECRETS, cookie_name=settings.AUTH_COOKIE)
    return _finders[0](claims)


def has_session_cookie(request: HttpRequest) -> bool:
    """Whether the browser sent a session by itself, which any site can make it do."""
    header = request.META.get("HTTP_COOKIE", "")
    return bool(session_candidates(header, settings.AUTH_COOKIE))
