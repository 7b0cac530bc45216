"""The actions on an alert: each a POST that leads back to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from optilearn.analytics.alerts import selectors, services
from optilearn.analytics.alerts.schemas import MuteIn
from optilearn.core.access.policies import STAFF
from optilearn.core.clock import now
from optilearn.core.errors import AppError, ErrorCode
from optilearn.web.formatting import instant
from optilearn.web.pages import WebRequest, flash, page, parse, redirect_to

_SPANS: Final = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


@require_POST
@page(roles=STAFF)
def snooze(request: WebRequest, alert_id: int) -> HttpResponse:
    """Have it say nothing for a while, or wake it."""
    span = _SPANS.get(request.POST.get("for", ""))
    until = now() + span if span else None
    services.snooze_alert(principal=request.principal, alert_id=alert_id, until=until)
    text = _("Snoozed until %(time)s.") % {"time": instant(until)} if until else _("Awake again.")
    flash(request, text)
    return redirect_to(f"/alerts/{alert_id}")


@require_POST
@page(roles=STAFF)
def mute(request: WebRequest, alert_id: int) -> HttpResponse:
    """Let one row never fire, or again."""
    muted = request.POST.get("muted") == "yes"
    row = parse(MuteIn, {"rowKey": request.POST.get("row", ""), "muted": muted})
    try:
        services.mute_row(
            principal=request.principal, alert_id=alert_id, row_key=row.row_key, is_muted=muted
        )
    except AppError as error:
        if error.code is not ErrorCode.CONFLICT:
            raise
        flash(request, error.message)
    else:
        flash(request, _("This row is muted.") if muted else _("This row is watched again."))
    return redirect_to(f"/alerts/{alert_id}")


@require_POST
@page(roles=STAFF)
def delete(request: WebRequest, alert_id: int) -> HttpResponse:
    """Delete it with its history."""
    name = selectors.alert_detail(request.principal, alert_id)["name"]
    services.delete_alert(principal=request.principal, alert_id=alert_id)
    flash(request, _("“%(name)s” was deleted.") % {"name": name})
    return redirect_to("/alerts")
