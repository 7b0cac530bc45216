"""Writes of alerts: everybody's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from optilearn.analytics.alerts.questions import AlertForm, Definition, question_of
from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.models import Alert, AlertEvaluation, AlertState, SavedItem
from optilearn.analytics.saved.running import Choice, chosen_definition
from optilearn.analytics.saved.selectors import readable_item
from optilearn.analytics.saved.services import hold_item
from optilearn.core import audit, clock
from optilearn.core.access.policies import STAFF, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode

MAX_ALERTS: Final = 200
"""Of one person."""
MAX_MUTED: Final = 500


@dataclass(frozen=True)
class AlertSpec:
    """An alert as its owner wants it; of ``item_id`` and ``definition`` one is given."""

    name: str
    form: AlertForm
    item_id: int | None = None
    filters: tuple[Mapping[str, Any], ...] = ()
    definition: Definition | None = None
    is_once: bool = False
    expires_at: datetime | None = None


@transaction.atomic
def create_alert(*, principal: Principal, spec: AlertSpec) -> int:
    """Make an alert; it is evaluated with the next round. Return its id.

    Raises ``AppError``: FORBIDDEN for who isn't staff, NOT_FOUND for a report, REPORT_INVALID with
    the places of what can't be watched, CONFLICT for too many or a report that is being deleted.
    """
    require(principal, STAFF)
    check_spec(principal, spec)
    if Alert.objects.filter(owner_id=principal.person_id).count() >= MAX_ALERTS:
        message = _("You have %(count)s alerts. Delete one first.") % {"count": MAX_ALERTS}
        raise AppError(ErrorCode.CONFLICT, message)
    hold_item(spec.item_id)
    alert = Alert.objects.create(owner_id=principal.person_id, **_columns(spec))
    _audit(principal, "create", alert.pk, name=spec.name, item=spec.item_id)
    return alert.pk


@transaction.atomic
def change_alert(*, principal: Principal, alert_id: int, spec: AlertSpec) -> None:
    """Replace an alert; what it watches now fires anew. Raises ``AppError`` as creating one."""
    require(principal, STAFF)
    alert = _own(principal, alert_id)
    check_spec(principal, spec)
    hold_item(spec.item_id)
    _change(alert.pk, **_columns(spec))
    AlertState.objects.filter(alert_id=alert_id).delete()
    _audit(principal, "change", alert_id, name=spec.name, item=spec.item_id)


@transaction.atomic
def delete_alert(*, principal: Principal, alert_id: int) -> None:
    """Delete an alert with its history. Raises ``AppError`` NOT_FOUND."""
    _own(principal, alert_id).delete()
    _audit(principal, "delete", alert_id)


@transaction.atomic
def snooze_alert(*, principal: Principal, alert_id: int, until: datetime | None) -> None:
    """Have an alert say nothing until a time; None: wake it. Raises ``AppError`` NOT_FOUND."""
    _own(principal, alert_id)
    _change(alert_id, snoozed_until=until)
    _audit(principal, "snooze", alert_id, until=until.isoformat() if until else None)


@transaction.atomic
def mute_row(*, principal: Principal, alert_id: int, row_key: str, is_muted: bool) -> None:
    """Let one row never fire, or again. Raises ``AppError`` NOT_FOUND, CONFLICT for too many."""
    alert = _own(principal, alert_id)
    muted = [key for key in alert.muted if key != row_key] + ([row_key] if is_muted else [])
    if len(muted) > MAX_MUTED:
        raise AppError(ErrorCode.CONFLICT, _("So many rows are better left out by a filter."))
    _change(alert_id, muted=muted)
    AlertState.objects.filter(alert_id=alert_id, row_key=row_key).delete()
    _audit(principal, "mute" if is_muted else "unmute", alert_id, row=row_key)


def purge_evaluations() -> int:
    """Delete old histories of the institution in force, and alerts of erased people.

    Return the number of evaluations that were too old.
    """
    before = clock.now() - timedelta(days=settings.ALERT_KEEP_DAYS)
    Alert.objects.filter(owner__isnull=True).delete()
    deleted, _by_model = AlertEvaluation.objects.filter(evaluated_at__lt=before).delete()
    return deleted


def forget_rows() -> int:
    """Empty the lists of rows in all histories: one of them may name an erased person.

    Called when the snapshots were rewritten. Numbers and outcomes stay.
    """
    return AlertEvaluation.objects.exclude(rows=[]).update(rows=[])


def check_spec(principal: Principal, spec: AlertSpec) -> None:
    """Raise ``AppError`` for what can't be watched, as making an alert does."""
    question = question_of(spec.form, definition_of(principal, spec), current_catalog())
    rearm, checked = spec.form.condition.get("rearm"), question.rule.condition.rearm
    if rearm is not None and Decimal(str(rearm)) != checked:
        raise _far_rearm(checked)
    if spec.expires_at is not None and spec.expires_at <= clock.now():
        message = _("This time is over.")
        problem = {"path": "/expiresAt", "code": "PAST", "message": message, "hint": ""}
        raise AppError(ErrorCode.VALIDATION_ERROR, message, [problem])


def _far_rearm(limit: Decimal) -> AppError:
    message = _("A row can't fire again while it is beyond the limit.")
    hint = _("The report's goal is {goal}: choose a number on its other side.").format(goal=limit)
    problem = {"path": "/condition/rearm", "code": "REARM", "message": message, "hint": hint}
    return AppError(ErrorCode.VALIDATION_ERROR, message, [problem])


def definition_of(principal: Principal, spec: AlertSpec) -> Definition:
    """The definition that an alert watches, as the principal may read it."""
    if spec.item_id is None:
        return spec.definition or {}
    item = readable_item(principal, spec.item_id, SavedItem.Kind.REPORT)
    return chosen_definition(item.body, Choice(filters=[dict(f) for f in spec.filters]))


def _columns(spec: AlertSpec) -> dict[str, Any]:
    form = spec.form
    return {
        "name": spec.name,
        "item_id": spec.item_id,
        "filters": [dict(condition) for condition in spec.filters],
        "definition": None if spec.definition is None else dict(spec.definition),
        "measure": form.measure,
        "is_overall": form.is_overall,
        "condition": dict(form.condition),
        "base_measure": form.base_measure,
        "base_minimum": Decimal(form.base_minimum) if form.base_minimum is not None else None,
        "is_once": spec.is_once,
        "expires_at": spec.expires_at,
    }


def _own(principal: Principal, alert_id: int) -> Alert:
    alerts = Alert.objects.select_for_update().filter(pk=alert_id, owner_id=principal.person_id)
    alert = alerts.first()
    if alert is None:
        raise not_found()
    return alert


def _change(alert_id: int, **columns: Any) -> None:
    """Write columns; a round that read the alert before leaves it to the next one."""
    Alert.objects.filter(pk=alert_id).update(
        version=F("version") + 1, updated_at=clock.now(), **columns
    )


def _audit(principal: Principal, action: str, alert_id: int, **facts: Any) -> None:
    audit.record(
        action=f"alert.{action}", actor=principal, target=f"alert:{alert_id}", details=facts
    )
