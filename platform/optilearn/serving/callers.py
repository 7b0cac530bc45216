"""The caller of a request, as far as it can be told without the database: enough for fair turns."""

from __future__ import annotations

from urllib.parse import unquote

from django.conf import settings

from optilearn.core.access.cookies import session_candidates
from optilearn.core.access.tokens import TokenError, decode
from optilearn.serving.lanes import Caller


def caller_of(cookie: str, authorization: str, address: str) -> Caller:
    """The institution and person of a session token; an integration's token by its institution.

    Nothing is granted by it: who has no valid token takes turns with those of their address.
    """
    scheme, _, bearer = authorization.partition(" ")
    tokens = session_candidates(cookie, settings.AUTH_COOKIE)
    if scheme == "Bearer" and bearer.strip():
        tokens.append(unquote(bearer.strip()))
    for token in tokens:
        try:
            claims = decode(token, secrets=settings.AUTH_SECRETS, cookie_name=settings.AUTH_COOKIE)
        except TokenError:
            continue
        return Caller(claims.institution_crm_id, claims.subject)
    return Caller(f"address {address}", tokens[-1][:200] if tokens else "")
