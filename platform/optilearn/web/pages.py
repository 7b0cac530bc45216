"""A page's life: who may open it, what it shows, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from optilearn.core.access.policies import require
from optilearn.core.access.principal import Principal
from optilearn.core.access.resolver import ACTING_COOKIE
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.errors import log, refuse, request_id
from optilearn.core.http.problems import problem_in
from optilearn.core.jsontext import read_json
from optilearn.institutions.selectors import known_institution
from optilearn.web.formatting import in_zone
from optilearn.web.frame import frame

P = ParamSpec("P")
Schema = TypeVar("Schema", bound=BaseModel)

LONGEST_ADDRESS: Final = 2_000
"""Characters of an address to come back to after signing in; longer ones lead home."""


class WebRequest(HttpRequest):
    """A request of somebody who is signed in."""

    principal: Principal


View = Callable[Concatenate[WebRequest, P], HttpResponse]


def page(
    view: View[P] | None = None, *, roles: frozenset[Role] | None = None
) -> Callable[..., Any]:
    """Make a view a page: for people who are signed in, and have one of ``roles`` if any are named.

    ``AppError`` becomes an error page, or an envelope for a script. What a page shows is the
    reader's own, so no cache keeps it.
    """

    def decorate(inner: View[P]) -> Callable[..., HttpResponse]:
        @wraps(inner)
        def wrapped(request: WebRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            principal = getattr(request, "principal", None)
            if principal is None or principal.scopes is not None:
                return _to_sign_in(request)  # an integration's token is for the API alone
            try:
                if roles is not None:
                    require(principal, roles)
                with in_zone(_zone_of(principal)):
                    response = inner(request, *args, **kwargs)
            except AppError as error:
                response = refused(request, error)
            except Http404:
                response = refused(request, AppError(ErrorCode.NOT_FOUND, _("Not found.")))
            except DataError:
                log.warning("A value the records can't hold %s", request_id(request))
                message = _("A value is out of range.")
                response = refused(request, AppError(ErrorCode.VALIDATION_ERROR, message))
            except (OperationalError, InterfaceError):
                log.exception("The database failed %s", request_id(request))
                response = refused(request, unavailable())
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return wrapped

    return decorate(view) if view is not None else decorate


def _zone_of(principal: Principal) -> str:
    institution = known_institution(principal.institution_slug)
    return institution.time_zone if institution else "UTC"


def unavailable() -> AppError:
    """Return the refusal for the time while something we need is down."""
    message = _("The service is unavailable. Please try again soon.")
    return AppError(ErrorCode.SERVICE_UNAVAILABLE, message)


def show(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    partial: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a page, or only its ``partial`` where a script replaces that part of it."""
    values = dict(context or {})
    if partial is not None and is_part(request):
        response = HttpResponse(render_to_string(partial, values, request), status=status)
        response["Vary"] = "HX-Request"
        return response
    values |= frame(request, str(values.get("nav", "")))
    response = HttpResponse(render_to_string(template, values, request), status=status)
    if partial is not None:
        response["Vary"] = "HX-Request"
    return response


def is_part(request: HttpRequest) -> bool:
    """Return True if htmx asks for a part; going back asks for the whole page."""
    headers = request.headers
    return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


def is_script(request: HttpRequest) -> bool:
    """Return True if a script asks for data, so that a refusal is an envelope."""
    accept = request.headers.get("Accept", "")
    return "text/html" not in accept and "HX-Request" not in request.headers and accept != ""


def refused(request: HttpRequest, error: AppError) -> HttpResponse:
    """Return the error page of a refusal, or its envelope for a script."""
    if is_script(request):
        return refuse(request, error.code, error.message, error.details)
    return error_page(request, error)


def error_page(request: HttpRequest, error: AppError) -> HttpResponse:
    """Say what happened, what to do, and the request id for support."""
    context = {
        "code": error.code.value,
        "status": error.code.status,
        "message": error.message,
        "problems": problems_in(error),
        "number": request_id(request),
    }
    template = "web/errors/part.html" if is_part(request) else "web/errors/page.html"
    response = show(request, template, context, status=error.code.status)
    response["Cache-Control"] = "no-store"
    return response


def problems_in(error: AppError) -> list[dict[str, str]]:
    """Return the places that a refusal names, as ``{path, message, hint}``."""
    if not isinstance(error.details, list):
        return []
    return [
        {name: str(one.get(name) or "") for name in ("path", "message", "hint")}
        for one in error.details
        if isinstance(one, Mapping)
    ]


def placed(problems: Sequence[Mapping[str, str]], field_of: Callable[[str], str]) -> dict[str, Any]:
    """Return a form's problems at their fields (``errors``), and all for the summary on top.

    ``field_of`` gives the name of the field that a path of the API is about; empty for none.
    """
    errors: dict[str, list[str]] = {}
    listed = []
    for one in problems:
        name, hint = field_of(one["path"]), one.get("hint", "")
        errors.setdefault(name, []).append(" ".join(filter(None, (one["message"], hint))))
        listed.append({"message": one["message"], "href": f"#{name}" if name else "", "hint": hint})
    return {"errors": errors, "problems": listed}


def parse(schema: type[Schema], data: Mapping[str, Any]) -> Schema:
    """Read what a form sent as the API would.

    Raises ``AppError`` VALIDATION_ERROR, whose details name each place.
    """
    try:
        return schema.model_validate(data)
    except ValidationError as error:
        details = [problem_in(data, one) for one in error.errors()]
        message = _("Some entries need another look.")
        raise AppError(ErrorCode.VALIDATION_ERROR, message, details) from error


def body_of(request: HttpRequest) -> Mapping[str, Any]:
    """The JSON object that a script sent. Raises ``AppError`` VALIDATION_ERROR."""
    try:
        found = read_json(request.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise AppError(ErrorCode.VALIDATION_ERROR, _("Send a JSON object."))
    return found


def filters_of(request: HttpRequest) -> dict[str, str]:
    """Return the filters of a list that are set: parameters of the address that aren't empty."""
    return {name: str(value) for name, value in request.GET.items() if value}


def flash(request: HttpRequest, text: str) -> None:
    """Say on the next page what was done."""
    messages.success(request, text)


def redirect_to(url: str) -> HttpResponse:
    """Go to another page after a POST: loading that one again repeats nothing."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def is_own_path(path: str) -> bool:
    """Return True for a path of our own pages: safe to go to, whoever named it."""
    starts = path.startswith("/") and not path.startswith(("//", "/\\", "/api/"))
    return starts and len(path) <= LONGEST_ADDRESS and path.isprintable()


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in, and from there back to this page."""
    back = request.get_full_path() if request.method == "GET" else "/"
    if is_script(request) or is_part(request):
        return refuse(request, ErrorCode.AUTH_REQUIRED)
    if settings.DEBUG:
        target = "/sign-in?" + urlencode({"next": back if is_own_path(back) else "/"})
    else:
        address = request.build_absolute_uri(back if is_own_path(back) else "/")
        target = f"{settings.SIGN_IN_URL}?" + urlencode({"callbackUrl": address})
    response = HttpResponseRedirect(target)
    if ACTING_COOKIE in request.COOKIES:  # refused with the session: it would be so again
        response.delete_cookie(ACTING_COOKIE, samesite="Lax")
    return response
