"""From a request to a ``Principal``: the door (house.md §4.1)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest

from optilearn.core.access.cookies import session_candidates
from optilearn.core.access.principal import Principal
from optilearn.core.access.refusals import client_address, refusals
from optilearn.core.access.tokens import SessionClaims, TokenError, decode
from optilearn.core.errors import AppError, ErrorCode

log = logging.getLogger(__name__)

ACTING_HEADER: Final = "X-Acting-As"
ACTING_COOKIE: Final = "optilearn_acting"


@dataclass(frozen=True)
class Finders:
    """How the app that owns people finds them. Each raises ``TokenError`` if there is nobody."""

    by_claims: Callable[[SessionClaims], Principal]
    by_api_token: Callable[[str], Principal]
    acting: Callable[[Principal, str], Principal]
    """The person that this principal acts as by a token made for it."""
    is_api_token: Callable[[str], bool]


_finders: Final[list[Finders]] = []


def register_finders(finders: Finders) -> None:
    """Called once, by the app that owns people (core imports no app)."""
    _finders[:] = [finders]


def authenticate(request: HttpRequest, *, cookies: bool = True) -> Principal | None:
    """The principal of the session cookie, else of the bearer token; ``None`` without a valid one.

    As in Auth.js the bearer counts only when there is no session cookie. ``cookies=False``
    leaves them out of account altogether. Raises ``AppError`` RATE_LIMITED, before anything is
    decrypted, where too many tokens from the caller's address proved nothing.
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
            return _finders[0].acting(principal, acting) if acting else principal
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
    """The person that a token names. Raises ``TokenError``."""
    if not token.isascii():
        raise TokenError("not ASCII")
    if _finders[0].is_api_token(token):
        return _finders[0].by_api_token(token)
    claims = decode(token, secrets=settings.AUTH_SECRETS, cookie_name=settings.AUTH_COOKIE)
    return _finders[0].by_claims(claims)


def has_session_cookie(request: HttpRequest) -> bool:
    """Whether the browser sent a session by itself, which any site can make it do."""
    header = request.META.get("HTTP_COOKIE", "")
    return bool(session_candidates(header, settings.AUTH_COOKIE))
