"""The actions on a schedule: each a POST that leads back to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from optilearn.analytics.schedules import selectors, services
from optilearn.core.access.policies import STAFF
from optilearn.core.errors import AppError, ErrorCode
from optilearn.web.pages import WebRequest, flash, page, redirect_to
from optilearn.web.schedules.views import run_of

Service = Callable[..., Any]
_SHOWN: Final = frozenset({ErrorCode.CONFLICT, ErrorCode.FORBIDDEN, ErrorCode.VALIDATION_ERROR})


def _do(request: WebRequest, schedule_id: int, service: Service, text: str) -> HttpResponse:
    """Call a service for the schedule, and say what came of it on the schedule's page."""
    try:
        service(principal=request.principal, schedule_id=schedule_id)
    except AppError as error:
        if error.code not in _SHOWN:
            raise
        text = error.message
    flash(request, text)
    return redirect_to(f"/schedules/{schedule_id}")


@require_POST
@page(roles=STAFF)
def run_now(request: WebRequest, schedule_id: int) -> HttpResponse:
    """Send it to everybody."""
    text = _("It is on its way to everybody, within a minute.")
    return _do(request, schedule_id, services.run_now, text)


@require_POST
@page(roles=STAFF)
def send_test(request: WebRequest, schedule_id: int) -> HttpResponse:
    """Send it to the reader alone."""
    text = _("A test is on its way to you, within a minute.")
    return _do(request, schedule_id, services.test_schedule, text)


@require_POST
@page(roles=STAFF)
def pause(request: WebRequest, schedule_id: int) -> HttpResponse:
    """Stop sending for a while."""
    return _do(request, schedule_id, services.pause_schedule, _("Schedule paused."))


@require_POST
@page(roles=STAFF)
def resume(request: WebRequest, schedule_id: int) -> HttpResponse:
    """Send again."""
    return _do(request, schedule_id, services.resume_schedule, _("Schedule is on again."))


@require_POST
@page(roles=STAFF)
def take_over(request: WebRequest, schedule_id: int) -> HttpResponse:
    """Make the reader its owner."""
    text = _("You are the owner of this schedule now.")
    return _do(request, schedule_id, services.take_over_schedule, text)


@require_POST
@page(roles=STAFF)
def delete(request: WebRequest, schedule_id: int) -> HttpResponse:
    """Delete it with its history."""
    name = selectors.schedule_detail(request.principal, schedule_id)["name"]
    services.delete_schedule(principal=request.principal, schedule_id=schedule_id)
    flash(request, _("“%(name)s” was deleted.") % {"name": name})
    return redirect_to("/schedules")


@require_POST
@page(roles=STAFF)
def send_again(
    request: WebRequest, schedule_id: int, run_id: int, delivery_id: int
) -> HttpResponse:
    """Send a run to one of its recipients again."""
    run_of(request.principal, schedule_id, run_id)
    text = _("It is on its way again, with the data of now.")
    try:
        services.send_again(principal=request.principal, delivery_id=delivery_id)
    except AppError as error:
        if error.code not in _SHOWN:
            raise
        text = error.message
    flash(request, text)
    return redirect_to(f"/schedules/{schedule_id}/runs/{run_id}")
