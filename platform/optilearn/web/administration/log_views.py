"""The logs: deliveries with their reasons, and the audit of who did what."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from optilearn.core import audit
from optilearn.core.access.policies import ADMINS
from optilearn.core.errors import AppError, ErrorCode
from optilearn.notifications.addresses import selectors as addresses
from optilearn.notifications.addresses import services as address_services
from optilearn.notifications.addresses.schemas import AddressQuery
from optilearn.notifications.administration import selectors as deliveries
from optilearn.notifications.administration.schemas import DeliveryQuery, ReplayIn
from optilearn.notifications.delivery import replay
from optilearn.people.selectors import names_of
from optilearn.web import formatting
from optilearn.web.administration.actions import words_of
from optilearn.web.administration.sections import school
from optilearn.web.pages import WebRequest, filters_of, flash, page, parse, redirect_to, show
from optilearn.web.tables import page_number, pager

_PER_PAGE: Final = 50
STATUSES: Final = ("PENDING", "SENT", "SKIPPED", "FAILED", "DEFERRED")
CHANNELS: Final = ("EMAIL", "PUSH", "IN_APP")
BADGES: Final = {"SENT": "good", "FAILED": "bad", "SKIPPED": "warn", "DEFERRED": "info"}


@require_safe
@page(roles=ADMINS)
def delivery_log(request: WebRequest) -> HttpResponse:
    """List deliveries with the reason of each outcome."""
    sent = filters_of(request)
    asked: dict[str, Any] = {n: sent[n] for n in ("q", "key", "channel", "status") if n in sent}
    since, until = _span(sent)
    asked |= {"page": page_number(request), "perPage": _PER_PAGE, "since": since, "until": until}
    query = parse(DeliveryQuery, {n: v for n, v in asked.items() if v is not None})
    rows, total = deliveries.deliveries(request.principal, query)
    context = {
        "rows": [row | {"badge": BADGES.get(row["status"], "")} for row in rows],
        "sent": sent,
        "statuses": STATUSES,
        "channels": CHANNELS,
        "keys": deliveries.keys(request.principal),
        "pager": pager(request, total=total, page=query.page, per_page=_PER_PAGE),
    }
    return show(
        request,
        "web/administration/deliveries.html",
        school("deliveries", context),
        partial="web/administration/_deliveries.html",
    )


@require_safe
@page(roles=ADMINS)
def delivery(request: WebRequest, delivery_id: int) -> HttpResponse:
    """One delivery with its history."""
    found = deliveries.delivery(request.principal, delivery_id)
    context = {
        "found": found,
        "badge": BADGES.get(found["status"], ""),
        "data": json.dumps(found["data"], ensure_ascii=False, indent=2, default=str),
    }
    return show(request, "web/administration/delivery.html", school("deliveries", context))


@require_POST
@page(roles=ADMINS)
def replay_deliveries(request: WebRequest) -> HttpResponse:
    """Try failed deliveries again."""
    wanted = parse(ReplayIn, {"ids": request.POST.getlist("id")})
    count = replay.replay(principal=request.principal, delivery_ids=wanted.ids)
    text = ngettext("%(count)d is tried again.", "%(count)d are tried again.", count)
    flash(request, text % {"count": count})
    return redirect_to("/school/deliveries?status=FAILED")


@require_safe
@page(roles=ADMINS)
def suppressed(request: WebRequest) -> HttpResponse:
    """The addresses that nothing is sent to, and why."""
    query = parse(AddressQuery, {"page": page_number(request), "perPage": _PER_PAGE})
    rows, total = addresses.suppressed_addresses(request.principal, query)
    context = {
        "rows": rows,
        "pager": pager(request, total=total, page=query.page, per_page=_PER_PAGE),
    }
    return show(request, "web/administration/addresses.html", school("deliveries", context))


@require_POST
@page(roles=ADMINS)
def lift(request: WebRequest, address_id: int) -> HttpResponse:
    """Send to an address again."""
    address_services.lift_suppression(principal=request.principal, address_id=address_id)
    flash(request, _("E-mails go to this address again."))
    return redirect_to("/school/addresses")


@require_safe
@page(roles=ADMINS)
def audit_log(request: WebRequest) -> HttpResponse:
    """List the entries of the audit log."""
    sent = filters_of(request)
    number = page_number(request)
    since, until = _span(sent)
    actor = sent.get("actor", "")
    query = audit.LogQuery(
        action=sent.get("action", "")[:100],
        actor_id=int(actor) if actor.isascii() and actor.isdecimal() and len(actor) < 19 else None,
        target=sent.get("target", "")[:200].replace("\0", ""),
        outcome=sent.get("outcome", "")[:40],
        since=since,
        until=until,
    )
    start = (number - 1) * _PER_PAGE
    rows, total = audit.entries(query, slice(start, start + _PER_PAGE))
    names = names_of({row["actor_id"] for row in rows if row["actor_id"]})
    context = {
        "rows": [_entry(row, names) for row in rows],
        "sent": sent,
        "actions": _actions(),
        "outcomes": ("ok", "refused", "failed"),
        "pager": pager(request, total=total, page=number, per_page=_PER_PAGE),
    }
    return show(
        request,
        "web/administration/audit.html",
        school("audit", context),
        partial="web/administration/_audit.html",
    )


def _entry(row: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    facts = json.dumps(row["details"], ensure_ascii=False, indent=2) if row["details"] else ""
    return row | {
        "actor": names.get(row["actor_id"] or 0, ""),
        "action_text": words_of(row["action"]),
        "facts": facts,
    }


def _actions() -> list[tuple[str, str]]:
    """The actions that the log has, in the order of their words."""
    return sorted(((one, words_of(one)) for one in audit.known_actions()), key=lambda one: one[1])


def _span(sent: dict[str, str]) -> tuple[datetime | None, datetime | None]:
    """Return the instants of the days ``since`` and ``until`` (inclusive) in the school's zone.

    Raises ``AppError`` VALIDATION_ERROR for what is no day.
    """
    try:
        first = date.fromisoformat(sent["since"]) if "since" in sent else None
        last = date.fromisoformat(sent["until"]) if "until" in sent else None
        zone = formatting.zone()
        return (
            datetime.combine(first, time(), zone) if first else None,
            datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
        )
    except (ValueError, OverflowError) as error:
        message = _("Choose a day from the calendar.")
        raise AppError(ErrorCode.VALIDATION_ERROR, message) from error
