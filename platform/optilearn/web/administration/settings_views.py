"""The school's settings and attributes."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import available_timezones

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from optilearn.core.access.policies import ADMINS
from optilearn.core.errors import AppError
from optilearn.files.quotas import storage
from optilearn.institutions import selectors, services
from optilearn.institutions.schemas import InstitutionChange
from optilearn.institutions.services import AttributeFacts
from optilearn.web import formatting
from optilearn.web.administration.sections import school
from optilearn.web.pages import (
    WebRequest,
    flash,
    page,
    parse,
    problems_in,
    redirect_to,
    show,
)

_FIELDS: Final = {
    "/timeZone": "time-zone",
    "/minGroupSize": "min-group-size",
    "/feeGate/message": "fee-message",
    "/key": "key",
}


def problems_of(error: AppError) -> list[dict[str, str]]:
    """Return a form's problems with links to the fields they are about."""
    found = [
        {"message": one["message"] or error.message, "hint": one["hint"],
         "href": f"#{_FIELDS[one['path']]}" if one["path"] in _FIELDS else ""}
        for one in problems_in(error)
    ]  # fmt: skip
    return found or [{"message": error.message, "hint": "", "href": ""}]


@page(roles=ADMINS)
def settings(request: WebRequest) -> HttpResponse:
    """Show and change the school's settings."""
    problems: list[dict[str, str]] = []
    found = selectors.institution_detail(request.principal.institution_id)
    if request.method == "POST":
        wanted = _settings_sent(request)
        try:
            change = parse(InstitutionChange, wanted)
            services.update_institution(
                principal=request.principal, values=change.model_dump(exclude_unset=True)
            )
        except AppError as error:
            problems, found = problems_of(error), found | wanted
        else:
            flash(request, _("Settings saved."))
            return redirect_to("/school")
    context = {
        "found": found,
        "problems": problems,
        "zones": sorted(available_timezones()),
        "weekdays": weekdays(),
        "space": storage(request.principal),
    }
    status = 422 if problems else 200
    return show(request, "web/administration/settings.html", school("settings", context),
                status=status)  # fmt: skip


def _settings_sent(request: WebRequest) -> dict[str, Any]:
    sent = request.POST
    return {
        "timeZone": sent.get("timeZone", ""),
        "locale": sent.get("locale", ""),
        "firstWeekday": sent.get("firstWeekday", ""),
        "minGroupSize": sent.get("minGroupSize", ""),
        "perturbsNumbers": "perturbsNumbers" in sent,
        "feeGate": {"enabled": "feeGate" in sent, "message": sent.get("feeMessage", "")},
    }


def weekdays() -> list[tuple[int, str]]:
    """Return the days of the week, Monday first: ISO number and name in the reader's language."""
    names = formatting.locale().days["stand-alone"]["wide"]
    return [(number + 1, names[number]) for number in range(7)]


@page(roles=ADMINS)
def attributes(request: WebRequest) -> HttpResponse:
    """Show the custom attributes, and add one."""
    problems: list[dict[str, str]] = []
    sent = request.POST
    choices = selectors.attribute_choices()
    if request.method == "POST":
        facts = AttributeFacts(
            sent.get("entity", ""), sent.get("key", ""), sent.get("type", ""),
            sent.get("label", "").strip()[:200],
        )  # fmt: skip
        if facts.entity not in choices["entities"] or facts.type not in choices["types"]:
            problems = [{"message": _("Choose from the list.")}]
        else:
            try:
                services.define_attribute(principal=request.principal, facts=facts)
            except AppError as error:
                problems = problems_of(error)
            else:
                flash(request, _("Attribute added. Reports have it from the next snapshot on."))
                return redirect_to("/school/attributes")
    context = {
        "rows": selectors.attributes(),
        "problems": problems,
        "sent": sent,
        **choices,
    }
    status = 422 if problems else 200
    return show(request, "web/administration/attributes.html", school("attributes", context),
                status=status)  # fmt: skip


@require_POST
@page(roles=ADMINS)
def relabel(request: WebRequest, attribute_id: int) -> HttpResponse:
    """Change an attribute's label."""
    label = request.POST.get("label", "").strip()[:200]
    services.relabel_attribute(principal=request.principal, attribute_id=attribute_id, label=label)
    flash(request, _("Label saved."))
    return redirect_to("/school/attributes")
