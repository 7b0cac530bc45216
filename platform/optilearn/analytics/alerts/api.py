"""Alerts over HTTP."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.analytics.alerts import selectors, services
from optilearn.analytics.alerts.backtest import backtest
from optilearn.analytics.alerts.schemas import (
    AlertIn,
    AlertOut,
    BacktestOut,
    EvaluatedOut,
    MuteIn,
    SnoozeIn,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page

router = Router(tags=["Alerts"], by_alias=True)
REFUSALS: Final = refusals(400, 404, 409, 422, 503)


@router.get(
    "/alerts", response={200: Envelope[list[AlertOut]], **refusals(400)}, operation_id="listAlerts"
)
def own(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    """The caller's alerts, the newest first, each with its last outcome."""
    rows, total = selectors.alerts_list(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.post("/alerts", response={201: Envelope[AlertOut], **REFUSALS}, operation_id="createAlert")
def create(request: HttpRequest, alert: AlertIn) -> HttpResponse:
    """Watch a measure: evaluated in the caller's scope on each new snapshot."""
    principal = principal_of(request)
    alert_id = services.create_alert(principal=principal, spec=alert.to_spec())
    return answer(selectors.alert_detail(principal, alert_id), status=201)


@router.post(
    "/alerts/backtest", response={200: Envelope[BacktestOut], **REFUSALS}, operation_id="testAlert"
)
def try_out(request: HttpRequest, alert: AlertIn) -> HttpResponse:
    """Say when an alert would have fired, and on what: on the last snapshot of each day there is.

    Nothing is saved.
    """
    return answer(backtest(principal=principal_of(request), spec=alert.to_spec()))


@router.get(
    "/alerts/{int:alertId}",
    response={200: Envelope[AlertOut], **refusals(404)},
    operation_id="getAlert",
)
def detail(request: HttpRequest, alertId: int) -> HttpResponse:
    """An alert of the caller's."""
    return answer(selectors.alert_detail(principal_of(request), alertId))


@router.put(
    "/alerts/{int:alertId}",
    response={200: Envelope[AlertOut], **REFUSALS},
    operation_id="replaceAlert",
)
def change(request: HttpRequest, alertId: int, alert: AlertIn) -> HttpResponse:
    """Replace an alert of the caller's. Rows that are beyond the limit fire anew."""
    principal = principal_of(request)
    services.change_alert(principal=principal, alert_id=alertId, spec=alert.to_spec())
    return answer(selectors.alert_detail(principal, alertId))


@router.delete(
    "/alerts/{int:alertId}",
    response={200: Envelope[Done], **refusals(404)},
    operation_id="deleteAlert",
)
def delete(request: HttpRequest, alertId: int) -> HttpResponse:
    """Delete an alert of the caller's, and its history."""
    services.delete_alert(principal=principal_of(request), alert_id=alertId)
    return answer({"done": True})


@router.post(
    "/alerts/{int:alertId}/snooze",
    response={200: Envelope[AlertOut], **refusals(400, 404)},
    operation_id="snoozeAlert",
)
def snooze(request: HttpRequest, alertId: int, snooze: SnoozeIn) -> HttpResponse:
    """Have an alert say nothing until a time. What is beyond the limit then, fires then."""
    principal = principal_of(request)
    services.snooze_alert(principal=principal, alert_id=alertId, until=snooze.until)
    return answer(selectors.alert_detail(principal, alertId))


@router.post(
    "/alerts/{int:alertId}/mute",
    response={200: Envelope[AlertOut], **refusals(400, 404, 409)},
    operation_id="muteAlertRow",
)
def mute(request: HttpRequest, alertId: int, row: MuteIn) -> HttpResponse:
    """Let one row of an alert never fire, or again."""
    principal = principal_of(request)
    services.mute_row(
        principal=principal, alert_id=alertId, row_key=row.row_key, is_muted=row.muted
    )
    return answer(selectors.alert_detail(principal, alertId))


@router.get(
    "/alerts/{int:alertId}/evaluations",
    response={200: Envelope[list[EvaluatedOut]], **refusals(400, 404)},
    operation_id="listAlertEvaluations",
)
def history(request: HttpRequest, alertId: int, query: Query[PageQuery]) -> HttpResponse:
    """Say of each snapshot if an alert fired, and if not, why: the newest first."""
    rows, total = selectors.evaluations_list(principal_of(request), alertId, query)
    return answer_page(rows, total=total, query=query)
