"""Authentication: from a request to a ``Principal``."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest

from optilearn.core.access.cookies import session_candidates
from optilearn.core.access.principal import Principal
from optilearn.core.access.principals import principal_backend
from optilearn.core.access.refusals import client_address, refusals
from optilearn.core.access.tokens import TokenError, decode
from optilearn.core.errors import AppError, ErrorCode

log = logging.getLogger(__name__)

ACTING_HEADER: Final = "X-Acting-As"
ACTING_COOKIE: Final = "optilearn_acting"


def authenticate(request: HttpRequest, *, cookies: bool = True) -> Principal | None:
    """Return the principal of the session cookie, else of the bearer token, or ``None``.

    As in Auth.js the bearer counts only when there is no session cookie. ``cookies=False``
    ignores cookies. Raises ``AppError`` RATE_LIMITED, before anything is decrypted, after too
    many invalid tokens from the caller's address.
    """
    tokens = _tokens(request, cookies=cookies)
    address = client_address(request) if tokens else ""
    if tokens and refusals.are_too_many(address) and not any(map(refusals.know, tokens)):
        raise AppError(ErrorCode.RATE_LIMITED, "")
    for token in tokens:
        try:
            principal = principal_of(token)
            refusals.prove(token)
            acting = request.headers.get(ACTING_HEADER, "")
            if cookies and not acting:
                acting = request.COOKIES.get(ACTING_COOKIE, "")
            if not acting.isascii():
                raise TokenError("not ASCII")  # noqa: TRY301 - as any other wrong token
            return principal_backend().acting(principal, acting) if acting else principal
        except TokenError as error:
            log.info("A session token was refused: %s.", error.reason)
    if tokens:
        refusals.note(address)
    return None


def _tokens(request: HttpRequest, *, cookies: bool) -> list[str]:
    header = request.META.get("HTTP_COOKIE", "") if cookies else ""
    tokens = session_candidates(header, settings.AUTH_COOKIE)
    if not tokens:
        scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        tokens = [unquote(value.strip())] if scheme == "Bearer" and value.strip() else []
    if not tokens and "next-auth.session-token" in header:
        log.warning("A next-auth v4 session cookie was sent; OptiLearn reads Auth.js v5 sessions.")
    return tokens


def principal_of(token: str) -> Principal:
    """Return the person that a token names. Raises ``TokenError``."""
    if not token.isascii():
        raise TokenError("not ASCII")
    backend = principal_backend()
    if backend.is_api_token(token):
        return backend.by_api_token(token)
    claims = decode(token, secrets=settings.AUTH_SECRETS, cookie_name=settings.AUTH_COOKIE)
    return backend.by_claims(claims)


def has_session_cookie(request: HttpRequest) -> bool:
    """Return True if the browser sent a session cookie, which other sites can make it do."""
    header = request.META.get("HTTP_COOKIE", "")
    return bool(session_candidates(header, settings.AUTH_COOKIE))
