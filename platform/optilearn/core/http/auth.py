"""Authentication classes of operations."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security.base import AuthBase

from optilearn.core.access.principal import Principal
from optilearn.core.access.scopes import allows, scope_of
from optilearn.core.errors import AppError, ErrorCode


class SessionAuth(AuthBase):
    """A signed-in person: the session cookie or the same token as a bearer."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Principal | None:
        """The principal that the middleware found.

        Raises ``AppError`` FORBIDDEN where an API token lacks the scope.
        """
        principal: Principal | None = getattr(request, "principal", None)
        if principal and not allows(principal, str(request.method), request.path_info):
            needed = scope_of(str(request.method), request.path_info)
            raise AppError(
                ErrorCode.FORBIDDEN,
                _("This token lacks the scope %(scope)s.") % {"scope": needed},
                {"scope": needed},
            )
        return principal


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
        raise AppError(ErrorCode.AUTH_REQUIRED, _("Please sign in."))
    return principal
