"""People: the list, one person, and what an administrator may do about them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from optilearn.core.access.policies import ADMINS
from optilearn.core.access.resolver import ACTING_COOKIE
from optilearn.core.access.roles import Role
from optilearn.core.http.envelope import encode
from optilearn.people import selectors, services
from optilearn.people.schemas import ActingIn, PeopleQuery
from optilearn.privacy.schemas import EraseIn
from optilearn.privacy.selectors import export_person
from optilearn.privacy.services import erase_person
from optilearn.web.administration.sections import PEOPLE_HELP
from optilearn.web.labels import ROLES
from optilearn.web.pages import WebRequest, filters_of, flash, page, parse, redirect_to, show
from optilearn.web.tables import Heading, headings, page_number, pager


@require_safe
@page(roles=ADMINS)
def people(request: WebRequest) -> HttpResponse:
    """The school's people, searched and filtered."""
    sent = filters_of(request)
    order = sent.get("order", "name")
    asked = {
        "q": sent.get("q"), "role": sent.get("role"), "status": sent.get("status"),
        "classId": sent.get("class"), "order": order, "page": page_number(request),
    }  # fmt: skip
    query = parse(PeopleQuery, {n: v for n, v in asked.items() if v is not None})
    rows, total = selectors.people_list(request.principal, query)
    context = {
        "nav": "people",
        "chapter": PEOPLE_HELP,
        "rows": rows,
        "sent": sent,
        "roles": [(role.value, ROLES[role]) for role in Role],
        "classes": selectors.classes(),
        "headings": headings(
            request,
            [
                Heading(_("Name"), "name"), Heading(_("Role")), Heading(_("Class")),
                Heading(_("Code")), Heading(_("State")),
            ],
            order,
        ),
        "pager": pager(request, total=total, page=query.page),
    }  # fmt: skip
    return show(
        request,
        "web/administration/people.html",
        context,
        partial="web/administration/_people.html",
    )


@require_safe
@page(roles=ADMINS)
def person(request: WebRequest, person_id: int) -> HttpResponse:
    """One person, with what can be done about them."""
    found = selectors.person_detail(request.principal, person_id)
    context = {
        "nav": "people",
        "chapter": PEOPLE_HELP,
        "found": found,
        "is_self": person_id == request.principal.person_id,
    }
    return show(request, "web/administration/person.html", context)


@require_POST
@page(roles=ADMINS)
def act_as(request: WebRequest, person_id: int) -> HttpResponse:
    """See what this person sees, for half an hour."""
    wanted = parse(ActingIn, {"personId": person_id, "reason": request.POST.get("reason", "")})
    token, _until = services.act_as(
        principal=request.principal, person_id=wanted.person_id, reason=wanted.reason
    )
    response = redirect_to("/")
    response.set_cookie(
        ACTING_COOKIE,
        token,
        max_age=services.ACTING_MINUTES * 60,
        secure=not settings.DEBUG,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_POST
@page(roles=ADMINS)
def sign_out_everywhere(request: WebRequest, person_id: int) -> HttpResponse:
    """End every session of a person."""
    services.end_all_sessions(principal=request.principal, person_id=person_id)
    flash(request, _("Signed out everywhere."))
    return redirect_to(f"/people/{person_id}")


@require_safe
@page(roles=ADMINS)
def export(request: WebRequest, person_id: int) -> HttpResponse:
    """Download everything that refers to a person."""
    found: dict[str, Any] = export_person(request.principal, person_id)
    response = HttpResponse(encode(found), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="person-{person_id}.json"'
    return response


@require_POST
@page(roles=ADMINS)
def erase(request: WebRequest, person_id: int) -> HttpResponse:
    """Erase a person for good; the form repeats the person's code."""
    wanted = parse(
        EraseIn,
        {"reason": request.POST.get("reason", ""), "confirm": request.POST.get("confirm", "")},
    )
    erase_person(
        principal=request.principal,
        person_id=person_id,
        reason=wanted.reason,
        confirm=wanted.confirm,
    )
    flash(request, _("Erased. Kept snapshots are rewritten in the background."))
    return redirect_to("/school/privacy")
