"""Actions on one saved item: favorite, copy, readers, owner, uses, end."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _

from optilearn.analytics.saved.list_facts import may_give
from optilearn.analytics.saved.schemas.items import SharingIn
from optilearn.analytics.saved.selectors import editable_item, readable_item
from optilearn.analytics.saved.services import (
    Sharing,
    delete_item,
    duplicate_item,
    hand_over,
    set_favorite,
    share_item,
)
from optilearn.analytics.saved.uses import uses_of
from optilearn.core.access.policies import STAFF, refuse_unless
from optilearn.core.errors import AppError, ErrorCode
from optilearn.people.schemas import PeopleQuery
from optilearn.people.selectors import people_list
from optilearn.web.library.filters import roles_to_share_with
from optilearn.web.library.items import BASES, item_context, number_in
from optilearn.web.library.words import role_names, use_names, visibility_names
from optilearn.web.pages import WebRequest, flash, is_own_path, is_part, page, redirect_to, show

MAX_FOUND: Final = 20


@page(roles=STAFF)
def favorite(request: WebRequest, item_id: int, base: str) -> HttpResponse:
    """Keep an item at hand, or no longer: the star."""
    readable_item(request.principal, item_id, BASES[base])
    wanted = request.POST.get("favorite") == "1"
    if request.method == "POST":
        set_favorite(principal=request.principal, item_id=item_id, is_favorite=wanted)
    if is_part(request):
        item = {"id": item_id, "isFavorite": wanted, "name": request.POST.get("name", "")}
        return show(request, "web/library/_star.html", {"item": item, "base": base}, partial=_STAR)
    back = request.POST.get("next", "")
    return redirect_to(back if is_own_path(back) else base)


_STAR: Final = "web/library/_star.html"


@page(roles=STAFF)
def duplicate(request: WebRequest, item_id: int, base: str) -> HttpResponse:
    """Copy an item into one of the reader's own, and edit that."""
    readable_item(request.principal, item_id, BASES[base])
    if request.method != "POST":
        return redirect_to(f"{base}/{item_id}")
    new = duplicate_item(principal=request.principal, item_id=item_id, name=None)
    flash(request, _("This is your own copy."))
    return redirect_to(f"{base}/{new}/edit")


@page(roles=STAFF)
def share(request: WebRequest, item_id: int, base: str) -> HttpResponse:
    """Choose who may read an item."""
    item = editable_item(request.principal, item_id, BASES[base])
    chosen = {"visibility": item.visibility, "roles": list(item.roles)}
    problems: list[dict[str, str]] = []
    if request.method == "POST":
        chosen = {
            "visibility": request.POST.get("visibility", ""),
            "roles": request.POST.getlist("roles"),
        }
        problems = _shared(request, item_id, chosen)
        if not problems:
            flash(request, _("Its readers are changed."))
            return redirect_to(f"{base}/{item_id}")
    context = item_context(request.principal, base, item_id) | {
        "chosen": chosen,
        "problems": problems,
        "visibilities": _reach(),
        "roles": roles_to_share_with(),
    }
    return show(request, "web/library/share.html", context, status=422 if problems else 200)


@page(roles=STAFF)
def owner(request: WebRequest, item_id: int, base: str) -> HttpResponse:
    """Hand an item over to somebody else."""
    principal = request.principal
    item = readable_item(principal, item_id, BASES[base])
    refuse_unless(may_give(principal, item))
    problem = ""
    if request.method == "POST":
        try:
            hand_over(
                principal=principal,
                item_id=item_id,
                person_id=number_in(request.POST.get("person")),
            )
        except AppError as error:
            if error.code is not ErrorCode.VALIDATION_ERROR:
                raise
            problem = error.message
        else:
            flash(request, _("“%(name)s” has a new owner.") % {"name": item.name})
            return redirect_to(base)
    words = request.GET.get("q", "").strip()[:200]
    context = item_context(principal, base, item_id) | {
        "q": words,
        "people": _people(request, words),
        "problem": problem,
    }
    template = "web/library/owner.html"
    status = 422 if problem else 200
    return show(request, template, context, partial="web/library/_people.html", status=status)


@page(roles=STAFF)
def uses(request: WebRequest, item_id: int, base: str) -> HttpResponse:
    """Show what uses an item."""
    item = editable_item(request.principal, item_id, BASES[base])
    context = item_context(request.principal, base, item_id)
    context["uses"] = _uses(request, item.id)
    return show(request, "web/library/uses.html", context)


@page(roles=STAFF)
def delete(request: WebRequest, item_id: int, base: str) -> HttpResponse:
    """Ask before an item is deleted; name what keeps it from being so."""
    item = editable_item(request.principal, item_id, BASES[base])
    if request.method == "POST":
        try:
            delete_item(principal=request.principal, item_id=item_id)
        except AppError as error:
            if error.code is not ErrorCode.CONFLICT:
                raise
        else:
            flash(request, _("“%(name)s” is deleted.") % {"name": item.name})
            return redirect_to(base)
    context = item_context(request.principal, base, item_id)
    context["uses"] = _uses(request, item.id)
    status = 422 if request.method == "POST" else 200
    return show(request, "web/library/delete.html", context, status=status)


def _shared(request: WebRequest, item_id: int, chosen: dict[str, Any]) -> list[dict[str, str]]:
    """Change the readers; return what is wrong with the choice."""
    if chosen["visibility"] not in visibility_names():
        return [{"message": _("Choose who may read it."), "href": "#visibility-PRIVATE"}]
    is_by_role = chosen["visibility"] == "ROLE"
    known = [role for role in chosen["roles"] if role in role_names()] if is_by_role else []
    if is_by_role and not known:
        return [{"message": _("Choose at least one role."), "href": "#roles"}]
    sharing = SharingIn(visibility=chosen["visibility"], roles=known)
    try:
        share_item(
            principal=request.principal,
            item_id=item_id,
            sharing=Sharing(sharing.visibility, [role.value for role in sharing.roles]),
        )
    except AppError as error:
        if error.code is not ErrorCode.VALIDATION_ERROR:
            raise
        return [{"message": error.message, "href": ""}]
    return []


def _reach() -> list[tuple[str, str, str]]:
    """The choices of readers, each with what it means."""
    names = visibility_names()
    return [
        ("PRIVATE", names["PRIVATE"], _("Nobody else can open it.")),
        ("INSTITUTION", names["INSTITUTION"], _("Everybody of this school can open it.")),
        ("ROLE", names["ROLE"], _("People with one of these roles can open it.")),
    ]


def _people(request: WebRequest, words: str) -> list[dict[str, Any]]:
    if not words:
        return []
    asked = {"q": words, "per_page": MAX_FOUND, "status": "ACTIVE", "kind": "USER"}
    query = PeopleQuery.model_validate(asked)
    rows, _total = people_list(request.principal, query)
    names = role_names()
    return [row | {"roleName": names.get(row["role"], row["role"])} for row in rows]


def _uses(request: WebRequest, item_id: int) -> list[dict[str, Any]]:
    names = use_names()
    found = []
    for use in uses_of(item_id, request.principal):
        label, address = names.get(use.kind, (use.kind, ""))
        # What is somebody's own has no name here, and no page that would open.
        href = f"{address}{use.id}" if address and _is_known(use, request) else ""
        found.append({"label": label, "name": use.name, "href": href})
    return found


def _is_known(use: Any, request: WebRequest) -> bool:
    return bool(use.name != _("Somebody's own") or use.owner_id == request.principal.person_id)
