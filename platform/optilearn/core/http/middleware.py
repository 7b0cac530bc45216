"""Request ids, the tenant of a request, and the Origin check."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from optilearn.core.access.resolver import authenticate, has_session_cookie
from optilearn.core.errors import ErrorCode
from optilearn.core.http.errors import refuse
from optilearn.core.tenancy.context import tenant_context

log = logging.getLogger(__name__)

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
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
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]  # ours to add
        response = self.get_response(request)
        is_json = response.get("Content-Type", "").startswith("application/json")
        if request.path.startswith("/api/") and response.status_code >= 400 and not is_json:
            response = refuse(request, _BARE.get(response.status_code, ErrorCode.INTERNAL_ERROR))
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


_BARE: Final = {
    400: ErrorCode.VALIDATION_ERROR,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
}
"""What an answer of Django's own means."""


class OriginMiddleware:
    """Refuses an unsafe request that a foreign page made the browser send.

    The session cookie is shared by every institution's subdomain, so SameSite protects
    nothing between them. A bearer token isn't sent by itself and needs no Origin.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on, or 403."""
        if request.method in SAFE_METHODS or not has_session_cookie(request):
            return self.get_response(request)
        origin = request.META.get("HTTP_ORIGIN", "")
        parts = urlsplit(origin)
        own = parts.netloc == request.get_host() and parts.scheme == request.scheme
        if own or origin in settings.ALLOWED_ORIGINS:
            return self.get_response(request)
        return refuse(
            request, ErrorCode.FORBIDDEN, _("This request did not come from a page of ours.")
        )


class TenantMiddleware:
    """Opens the context of the principal's institution for the whole request."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer inside the tenant's context, or outside every one without a session."""
        try:
            principal = authenticate(request)
        except OperationalError:
            log.exception("The database can't be reached.")
            return refuse(request, ErrorCode.SERVICE_UNAVAILABLE)
        request.principal = principal  # type: ignore[attr-defined]  # ours to add
        if principal is None:
            return self.get_response(request)
        with tenant_context(principal.institution_id):
            return self.get_response(request)
