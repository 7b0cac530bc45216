"""Request ids, the tenant of a request, and the Origin check."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from optilearn.core.access.resolver import authenticate, has_session_cookie
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.errors import refuse
from optilearn.core.tenancy.context import tenant_context

log = logging.getLogger(__name__)

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
STABLE: Final = "/api/v1/"
"""The surface of the mobile apps: the same operations, by bearer only."""
OPEN_TO_ALL: Final = ("/u/", "/api/webhooks/")
"""Paths called by mail programs and providers: a signature authenticates them, not the page they
come from."""
Handler = Callable[[HttpRequest], HttpResponse]


class ApiFrameMiddleware:
    """Gives each request an id, and every answer under ``/api/`` the envelope.

    Outermost, so that what Django itself answers (no such path, no such method, a defect in a
    middleware) is an envelope too.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with ``X-Request-Id``."""
        began = time.perf_counter()
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]  # ours to add
        if request.path_info.startswith(STABLE):
            request.path_info = "/api/" + request.path_info.removeprefix(STABLE)
        response = self.get_response(request)
        is_api = request.path.startswith("/api/")
        is_json = response.get("Content-Type", "").startswith("application/json")
        if is_api and response.status_code >= 400 and not is_json:
            allow = response.get("Allow")
            response = refuse(request, _BARE.get(response.status_code, ErrorCode.INTERNAL_ERROR))
            if allow is not None:  # RFC 9110, 15.5.6: 405 names what the address does take
                response["Allow"] = allow
        if is_api and is_json:
            response.headers.setdefault("Content-Security-Policy", _NOTHING)
            response.headers.setdefault("Cache-Control", "no-store")
        elif is_api and response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Security-Policy", _OUR_PAGE)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        _log(request, response, began)
        return response


_BARE: Final = {
    400: ErrorCode.VALIDATION_ERROR,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
}
"""Error codes for Django's own responses."""

_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"
"""Data are not a page: a browser that is led to show them runs nothing of them."""

_OUR_PAGE: Final = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The API's documentation: scripts of our own alone; its viewer sets styles in elements."""


def _log(request: HttpRequest, response: HttpResponse, began: float) -> None:
    principal = getattr(request, "principal", None)
    match = request.resolver_match
    facts = {
        "request_id": request.request_id,  # type: ignore[attr-defined]
        "method": request.method,
        "route": match.route if match else "",  # the pattern: a path holds ids of people
        "status": response.status_code,
        "ms": round((time.perf_counter() - began) * 1000, 1),
        "institution_id": principal.institution_id if principal else None,
        "role": principal.role.value if principal else None,
    }
    log.info("%(method)s /%(route)s %(status)s %(ms)s ms", facts, extra=facts)


class OriginMiddleware:
    """Refuses an unsafe request that a foreign page made the browser send.

    The session cookie is shared by every institution's subdomain, so SameSite protects
    nothing between them. A bearer token isn't sent by itself and needs no Origin.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on, or 403."""
        if request.method in SAFE_METHODS or request.path_info.startswith(OPEN_TO_ALL):
            return self.get_response(request)
        if is_stable(request) or not has_session_cookie(request):
            return self.get_response(request)
        origin = request.META.get("HTTP_ORIGIN", "")
        if _is_own(request, origin) or origin in settings.ALLOWED_ORIGINS:
            return self.get_response(request)
        return refuse(request, ErrorCode.FORBIDDEN, _("This request came from another site."))


def _is_own(request: HttpRequest, origin: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:  # no origin that a browser would send
        return False
    return parts.netloc == request.get_host() and parts.scheme == request.scheme


class TenantMiddleware:
    """Opens the context of the principal's institution for the whole request.

    Messages are in the language of the reader's cookie or header, else of the person.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer inside the tenant's context, or outside every one without a session."""
        try:
            principal = authenticate(request, cookies=not is_stable(request))
        except OperationalError:
            log.exception("The database can't be reached.")
            return refuse(request, ErrorCode.SERVICE_UNAVAILABLE)
        except AppError as error:
            return refuse(request, error.code, error.message, error.details)
        request.principal = principal  # type: ignore[attr-defined]  # ours to add
        if principal is None:
            return self.get_response(request)
        with tenant_context(principal.institution_id):
            if not _chose_a_language(request):
                translation.activate(principal.locale)
            return self.get_response(request)


def is_stable(request: HttpRequest) -> bool:
    """Return True if the request came through the apps' versioned surface."""
    return request.path.startswith(STABLE)


def _chose_a_language(request: HttpRequest) -> bool:
    cookie = settings.LANGUAGE_COOKIE_NAME
    return cookie in request.COOKIES or "HTTP_ACCEPT_LANGUAGE" in request.META
