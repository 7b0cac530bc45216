"""Changing and cancelling live classes: one, this and the following, or all of a series.

Classes that have begun, ended or been cancelled stay as they are. Students hear once of each
change of the time, and of each cancellation, however many classes it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.courses.services.richtext import plain
from optilearn.live import policies, series
from optilearn.live.events import LiveClassesCancelled, LiveClassesScheduled
from optilearn.live.models import LiveClass, LiveSeries
from optilearn.live.services.scheduling import check_is_ahead, host_of

_Status = LiveClass.Status
_CHANGED: Final = (
    *("title", "host_id", "threshold_percent", "starts_at", "ends_at"),
    *("notice_count", "reminded_at"),
)


class Scope(StrEnum):
    """The classes of a series that a change is about."""

    ONE = "ONE"
    FOLLOWING = "FOLLOWING"
    """This one and those after it."""
    ALL = "ALL"


@transaction.atomic
def change(*, principal: Principal, class_id: int, values: Mapping[str, Any], scope: Scope) -> None:
    """Change what ``values`` names of a class: title, start, minutes, host, threshold.

    A new start moves the others of the scope by the same time on the wall clock. Raises
    ``AppError``: FORBIDDEN, NOT_FOUND, VALIDATION_ERROR as ``schedule``, CONFLICT for a class that
    isn't SCHEDULED.
    """
    visit = policies.hosted(principal, class_id)
    chosen = _locked(visit.live_class, scope)
    this = next(one for one in chosen if one.pk == class_id)
    host_id = this.host_id
    if values.get("host_id") is not None:
        host_id = host_of(principal, this.course_id, values["host_id"])
    before = {one.pk: (one.starts_at, one.ends_at) for one in chosen}
    _move(chosen, this, values, visit.course.zone)
    for one in chosen:
        one.title = plain(values["title"]) if values.get("title") else one.title
        one.host_id = host_id if values.get("host_id") is not None else one.host_id
        one.threshold_percent = values.get("threshold_percent", one.threshold_percent)
    moved = [one for one in chosen if before[one.pk] != (one.starts_at, one.ends_at)]
    for one in moved:
        check_is_ahead(one.starts_at)
        one.notice_count += 1
        one.reminded_at = None
    LiveClass.objects.bulk_update(chosen, _CHANGED)
    audit.record(
        action="live_class.update",
        actor=principal,
        target=f"live-class:{class_id}",
        details={"fields": sorted(values), "classes": len(chosen)},
    )
    if moved:
        publish(LiveClassesScheduled(_first(moved).pk, len(moved) - 1))


@transaction.atomic
def cancel(*, principal: Principal, class_id: int, scope: Scope) -> None:
    """Cancel a class, or those of its series in the scope; a cancelled one again changes nothing.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for one that has begun or ended.
    """
    visit = policies.hosted(principal, class_id)
    chosen = _locked(visit.live_class, scope, is_cancelling=True)
    if not chosen:
        return
    for one in chosen:
        one.status = _Status.CANCELLED
        one.notice_count += 1
    LiveClass.objects.bulk_update(chosen, ["status", "notice_count"])
    audit.record(
        action="live_class.cancel",
        actor=principal,
        target=f"live-class:{class_id}",
        details={"classes": len(chosen)},
    )
    publish(LiveClassesCancelled(_first(chosen).pk, len(chosen) - 1))


def _locked(this: LiveClass, scope: Scope, *, is_cancelling: bool = False) -> list[LiveClass]:
    """Return the SCHEDULED classes of the scope, locked, in the order of their ids.

    Raises ``AppError`` CONFLICT if the class itself isn't SCHEDULED; a cancelled one may begin
    the cancellation of others.
    """
    if this.series_id is not None:
        # Whoever changes classes of a series takes turns by its row, and reads what is there then.
        LiveSeries.objects.select_for_update(no_key=True).get(pk=this.series_id)
        this = LiveClass.objects.get(pk=this.pk)
    found = LiveClass.objects.select_for_update(no_key=True).order_by("id")
    if scope == Scope.ONE or this.series_id is None:
        found = found.filter(pk=this.pk)
    elif scope == Scope.FOLLOWING:
        found = found.filter(series_id=this.series_id, starts_at__gte=this.starts_at)
    else:
        found = found.filter(series_id=this.series_id)
    everything = list(found)
    status = next((one.status for one in everything if one.pk == this.pk), this.status)
    if status != _Status.SCHEDULED and not (is_cancelling and status == _Status.CANCELLED):
        raise AppError(
            ErrorCode.CONFLICT,
            _("This live class can't be changed any more."),
            {"status": status},
        )
    return [one for one in everything if one.status == _Status.SCHEDULED]


def _move(
    chosen: list[LiveClass], this: LiveClass, values: Mapping[str, Any], zone: ZoneInfo
) -> None:
    before = this.starts_at
    wanted = values.get("starts_at")
    after = before if wanted is None else series.instant(wanted, zone)
    minutes = values.get("minutes")
    for one in chosen:
        length = one.ends_at - one.starts_at if minutes is None else timedelta(minutes=minutes)
        one.starts_at = series.moved(one.starts_at, before, after, zone)
        one.ends_at = one.starts_at + length


def _first(classes: list[LiveClass]) -> LiveClass:
    return min(classes, key=lambda one: (one.starts_at, one.pk))
