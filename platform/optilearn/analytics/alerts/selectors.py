"""Reads of alerts: everybody's own."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from optilearn.analytics.alerts.words import reason
from optilearn.analytics.models import Alert, AlertEvaluation, AlertState
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.http.pages import PageQuery

Row = dict[str, Any]


def alerts_list(principal: Principal, query: PageQuery) -> tuple[list[Row], int]:
    """Return a page of the principal's alerts, the newest first, and their number. Two queries."""
    own = Alert.objects.filter(owner_id=principal.person_id)
    return [_row(alert) for alert in _with_state(own).order_by("-id")[query.window]], own.count()


def alerts_overview(principal: Principal, query: PageQuery) -> tuple[list[Row], int]:
    """A page of the principal's alerts with what their lists show of them. Three queries.

    Beyond :func:`alerts_list`: the report's name, the last reason in words, the limit as it was
    shown, and the last time that it fired.
    """
    own = Alert.objects.filter(owner_id=principal.person_id)
    fired = AlertEvaluation.objects.filter(alert_id=OuterRef("pk"), outcome="FIRED")
    last = AlertEvaluation.objects.filter(alert_id=OuterRef("pk")).order_by("-taken_at", "-id")
    alerts = _with_state(own).annotate(
        report_name=F("item__name"),
        last_id=Subquery(last.values("pk")[:1]),
        last_fired_at=Subquery(fired.order_by("-taken_at", "-id").values("taken_at")[:1]),
    )
    page = list(alerts.order_by("-id")[query.window])
    evaluations = AlertEvaluation.objects.in_bulk([a.last_id for a in page if a.last_id])
    return [_shown(alert, evaluations.get(alert.last_id)) for alert in page], own.count()


def _shown(alert: Any, last: AlertEvaluation | None) -> Row:
    return _row(alert) | {
        "reportName": alert.report_name,
        "lastFiredAt": alert.last_fired_at,
        "last": _evaluation(last) if last else None,
    }


def alert_detail(principal: Principal, alert_id: int) -> Row:
    """Return an alert of the principal's. One query. Raises ``AppError`` NOT_FOUND."""
    own = Alert.objects.filter(owner_id=principal.person_id, pk=alert_id)
    alert = _with_state(own).first()
    if alert is None:
        raise not_found()
    return _row(alert)


def evaluations_list(
    principal: Principal, alert_id: int, query: PageQuery
) -> tuple[list[Row], int]:
    """Return a page of an alert's history, the newest first, and its length. Three queries.

    Raises ``AppError`` NOT_FOUND.
    """
    if not Alert.objects.filter(owner_id=principal.person_id, pk=alert_id).exists():
        raise not_found()
    found = AlertEvaluation.objects.filter(alert_id=alert_id)
    rows = found.order_by("-taken_at", "-id")[query.window]
    return [_evaluation(row) for row in rows], found.count()


def _with_state(alerts: Any) -> Any:
    """With the number of rows that fire, and the last outcome."""
    last = AlertEvaluation.objects.filter(alert_id=OuterRef("pk")).order_by("-taken_at", "-id")
    states = AlertState.objects.filter(alert_id=OuterRef("pk")).order_by().values("alert_id")
    firing = states.annotate(rows=Count("id")).values("rows")
    return alerts.annotate(
        firing=Coalesce(Subquery(firing, output_field=IntegerField()), 0),
        last_outcome=Subquery(last.values("outcome")[:1]),
        last_snapshot_at=Subquery(last.values("taken_at")[:1]),
    )


def _row(alert: Any) -> Row:
    """An alert on the wire."""
    return {
        "id": alert.pk,
        "name": alert.name,
        "reportId": alert.item_id,
        "filters": alert.filters,
        "definition": alert.definition,
        "measure": alert.measure,
        "overall": alert.is_overall,
        "condition": _condition(alert.condition),
        "base": _base(alert),
        "once": alert.is_once,
        "muted": alert.muted,
        "snoozedUntil": alert.snoozed_until,
        "expiresAt": alert.expires_at,
        "firing": alert.firing,
        "lastOutcome": alert.last_outcome,
        "lastSnapshotAt": alert.last_snapshot_at,
        "createdAt": alert.created_at,
        "updatedAt": alert.updated_at,
    }


def _condition(stored: Mapping[str, Any]) -> Row:
    """A condition with its numbers as numbers."""
    numbers = {name: Decimal(stored[name]) for name in ("limit", "rearm") if name in stored}
    return {**stored, **numbers}


def _base(alert: Any) -> Row | None:
    if not alert.base_measure:
        return None
    return {"measure": alert.base_measure, "minimum": alert.base_minimum.normalize()}


def _evaluation(row: AlertEvaluation) -> Row:
    return {
        "snapshotId": row.snapshot_id,
        "takenAt": row.taken_at,
        "evaluatedAt": row.evaluated_at,
        "outcome": row.outcome,
        "reason": reason(row.outcome, row.counts, row.problem),
        "counts": row.counts,
        "limit": row.limit,
        "rows": row.rows,
        "problem": row.problem or None,
    }
