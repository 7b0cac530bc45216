"""The sign-in page of development and demonstration. It doesn't exist when DEBUG is off.

There is no password: whoever reaches a development server may be anybody on it. OptiCRM signs
people in everywhere else.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from optilearn.core.access.resolver import ACTING_COOKIE
from optilearn.core.access.tokens import encode
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import demonstration_institutions, institution_by_slug
from optilearn.people.selectors import people_to_sign_in, principal_by_id, session_claims
from optilearn.web.pages import is_own_path, show

WEEK = 7 * 86_400


def sign_in(request: HttpRequest) -> HttpResponse:
    """List people of each institution, a few for each role; POST signs one of them in."""
    if not settings.DEBUG:
        raise Http404
    if request.method == "POST":
        return _signed_in(request)
    context = {"institutions": _listed(), "next": _next(request.GET.get("next", ""))}
    return show(request, "web/account/sign_in.html", context)


def _next(path_asked_for: str) -> str:
    return path_asked_for if is_own_path(path_asked_for) else "/"


def _listed() -> list[dict[str, Any]]:
    found = []
    for institution in demonstration_institutions():
        with tenant_context(institution.id):
            people = people_to_sign_in()
        found.append({"slug": institution.slug, "name": institution.name, "roles": people})
    return found


def _signed_in(request: HttpRequest) -> HttpResponse:
    institution = institution_by_slug(request.POST.get("institution", "").replace("\0", ""))
    person = request.POST.get("person", "")
    if institution is None or not person.isdecimal() or len(person) > 18:
        raise Http404
    try:
        principal = principal_by_id(institution, int(person))
    except LookupError as error:
        raise Http404 from error
    token = encode(
        session_claims(principal, institution),
        secret=settings.AUTH_SECRETS[0],
        cookie_name=settings.AUTH_COOKIE,
        max_age=WEEK,
    )
    response = HttpResponseRedirect(_next(request.POST.get("next", "")))
    response.delete_cookie(ACTING_COOKIE, samesite="Lax")
    response.set_cookie(settings.AUTH_COOKIE, token, max_age=WEEK, httponly=True, samesite="Lax")
    return response


def development_urls() -> list[URLPattern]:
    """The page's address, in development."""
    return [path("sign-in", sign_in)] if settings.DEBUG else []
