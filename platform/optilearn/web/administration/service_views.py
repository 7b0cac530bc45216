"""Tokens of integrations, privacy, and the health of queues and data."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from optilearn.analytics.snapshot_history import serving_snapshot
from optilearn.core import audit
from optilearn.core.access.policies import ADMINS
from optilearn.core.access.scopes import known_areas
from optilearn.core.errors import AppError
from optilearn.notifications.administration.selectors import queues
from optilearn.people import selectors, services
from optilearn.people.schemas import TokenIn
from optilearn.people.selectors import names_of
from optilearn.web import formatting
from optilearn.web.administration.sections import school
from optilearn.web.administration.settings_views import problems_of
from optilearn.web.pages import WebRequest, flash, page, parse, redirect_to, show
from optilearn.web.tables import page_number, pager

_PER_PAGE = 25


@page(roles=ADMINS)
def tokens(request: WebRequest) -> HttpResponse:
    """The tokens of integrations; a new one is shown once."""
    problems: list[dict[str, str]] = []
    fresh = ""
    if request.method == "POST":
        try:
            wanted = parse(TokenIn, _token_sent(request))
            _id, fresh = services.create_api_token(
                principal=request.principal,
                name=wanted.name,
                scopes=wanted.scopes,
                expires_at=wanted.expires_at,
            )
        except AppError as error:
            problems = problems_of(error)
    context = {
        "rows": selectors.api_tokens(request.principal),
        "areas": sorted(known_areas()),
        "problems": problems,
        "fresh": fresh,
        "sent": request.POST if problems else {},
        "chosen": request.POST.getlist("scopes") if problems else [],
    }
    status = 422 if problems else 200
    return show(request, "web/administration/tokens.html", school("tokens", context),
                status=status)  # fmt: skip


def _token_sent(request: WebRequest) -> dict[str, Any]:
    """Return the form as the API has it: a token ends with its last day in the school's zone."""
    sent = request.POST
    wanted: dict[str, Any] = {
        "name": sent.get("name", "").strip(),
        "scopes": sent.getlist("scopes"),
    }
    try:
        last = date.fromisoformat(sent.get("expiresOn", ""))
        end = datetime.combine(last + timedelta(days=1), time(), formatting.zone())
        return wanted | {"expiresAt": end.isoformat()}
    except (ValueError, OverflowError):
        return wanted | ({"expiresAt": sent["expiresOn"]} if sent.get("expiresOn") else {})


@require_POST
@page(roles=ADMINS)
def revoke(request: WebRequest, token_id: int) -> HttpResponse:
    """End a token at once."""
    services.revoke_api_token(principal=request.principal, token_id=token_id)
    flash(request, _("Token revoked."))
    return redirect_to("/school/tokens")


@require_safe
@page(roles=ADMINS)
def privacy(request: WebRequest) -> HttpResponse:
    """Requests of people about their data: what was handed over and erased."""
    number = page_number(request)
    start = (number - 1) * _PER_PAGE
    window = slice(start, start + _PER_PAGE)
    rows, total = audit.entries(audit.LogQuery(actions=("person.export", "person.erase")), window)
    names = names_of({row["actor_id"] for row in rows if row["actor_id"]})
    context = {
        "rows": [row | {"actor": names.get(row["actor_id"] or 0, "")} for row in rows],
        "pager": pager(request, total=total, page=number, per_page=_PER_PAGE),
    }
    return show(request, "web/administration/privacy.html", school("privacy", context))


@require_safe
@page(roles=ADMINS)
def health(request: WebRequest) -> HttpResponse:
    """The state of what works in the background."""
    context = {
        "queues": queues(request.principal),
        "serving": serving_snapshot(request.principal),
    }
    return show(request, "web/administration/health.html", school("health", context),
                partial="web/administration/_health.html")  # fmt: skip
