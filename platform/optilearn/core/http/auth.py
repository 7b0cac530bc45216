"""Who may call an operation."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security.base import AuthBase

from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode


class SessionAuth(AuthBase):
    """A signed-in person: the session cookie or the same token as a bearer."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Principal | None:
        """The principal that the middleware found."""
        return getattr(request, "principal", None)


class Public(AuthBase):
    """Open to everybody. Named, so that an open operation is a decision and not an omission."""

    openapi_type = "http"
    openapi_scheme = "none"

    def __call__(self, request: HttpRequest) -> bool:
        """Always."""
        return True


def principal_of(request: HttpRequest) -> Principal:
    """The caller of an operation behind ``SessionAuth``."""
    principal = getattr(request, "principal", None)
    if not isinstance(principal, Principal):
        raise AppError(ErrorCode.AUTH_REQUIRED, "Please sign in.")
    return principal
