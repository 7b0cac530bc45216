"""Writes of schedules."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.analytics.models import Occurrence, OccurrenceRecipient, Schedule, Snapshot
from optilearn.analytics.saved.services import hold_item
from optilearn.analytics.schedules.checking import Wanted, checked
from optilearn.analytics.schedules.policies import SCHEDULERS, may_send, visible_to
from optilearn.analytics.schedules.retention import forget_schedule
from optilearn.analytics.schedules.timing import Clock
from optilearn.core import audit
from optilearn.core.access.policies import ADMINS, not_found, refuse_unless, require
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.errors import AppError, ErrorCode

_UNCHANGED = frozenset(
    {"id", "institution", "uid", "owner", "status", "pause_reason", "created_at", "resumed_at"}
    | {"last_run_at", "last_snapshot_id", "version"}
)
"""Columns that a change leaves as they are."""


@transaction.atomic
def create_schedule(*, principal: Principal, wanted: Wanted) -> int:
    """Create a schedule, active at once; return its id.

    Raises as ``checking.checked``, and ``AppError`` CONFLICT if the report is being deleted.
    """
    schedule = checked(principal, wanted, Clock.in_force())
    hold_item(schedule.item_id)
    if schedule.trigger == Schedule.Trigger.SNAPSHOT:
        schedule.last_snapshot_id = _newest_snapshot_id()
    schedule.created_at = schedule.updated_at = schedule.resumed_at = now()
    schedule.save()
    _record("create", principal, schedule, recipients=len(schedule.recipients))
    return schedule.pk


@transaction.atomic
def update_schedule(*, principal: Principal, schedule_id: int, wanted: Wanted) -> None:
    """Replace a schedule. Only its owner may: the reports go out under their name.

    Raises ``AppError``: NOT_FOUND, FORBIDDEN, CONFLICT if it was changed since, and as
    ``checking.checked``.
    """
    row = _locked(principal, schedule_id)
    if row.owner_id != principal.person_id:
        message = _("Only its owner can change this schedule. Take it over first.")
        raise AppError(ErrorCode.FORBIDDEN, message)
    _check_version(row, wanted["version"])
    changed = checked(principal, wanted, Clock.in_force())
    hold_item(changed.item_id)
    unchanged = _UNCHANGED
    if row.trigger == changed.trigger == Schedule.Trigger.SNAPSHOT:
        unchanged |= {"next_at"}  # its hours go on counting from the last run
    names = [f.name for f in Schedule._meta.concrete_fields if f.name not in unchanged]
    for name in names:
        setattr(row, name, getattr(changed, name))
    row.version += 1
    row.updated_at = now()
    if row.status == Schedule.Status.ENDED:
        row.status = Schedule.Status.ACTIVE
    row.save()
    _record("update", principal, row, version=row.version)


def _check_version(row: Schedule, version: int) -> None:
    if row.version != version:
        message = _("Somebody changed this schedule meanwhile. Load it again, and repeat yours.")
        raise AppError(ErrorCode.CONFLICT, message, {"version": row.version})


@transaction.atomic
def delete_schedule(*, principal: Principal, schedule_id: int) -> None:
    """Delete a schedule with its history. Raises ``AppError`` NOT_FOUND."""
    row = _locked(principal, schedule_id)
    forget_schedule(row)
    _record("delete", principal, row)
    row.delete()


@transaction.atomic
def pause_schedule(*, principal: Principal, schedule_id: int) -> None:
    """Pause a schedule; once more changes nothing. Raises ``AppError`` NOT_FOUND."""
    row = _locked(principal, schedule_id)
    if row.status == Schedule.Status.ACTIVE:
        _set_status(row, Schedule.Status.PAUSED, "MANUAL")
        _record("pause", principal, row)


@transaction.atomic
def resume_schedule(*, principal: Principal, schedule_id: int) -> None:
    """Let a schedule run again, from its next instance on; what it missed isn't sent.

    Raises ``AppError``: NOT_FOUND; CONFLICT if its owner left or it has no instance to come.
    """
    row = _locked(principal, schedule_id)
    if row.status == Schedule.Status.ACTIVE:
        return
    if row.owner_id is None:
        raise AppError(ErrorCode.CONFLICT, _("Its owner has left. Take it over first."))
    if row.trigger == Schedule.Trigger.TIME:
        upcoming = Clock.in_force().upcoming(row, now(), 1)
        if not upcoming:
            raise AppError(ErrorCode.CONFLICT, _("This schedule has no run to come."))
        row.next_at = upcoming[0]
    else:
        row.last_snapshot_id = _newest_snapshot_id()
    row.resumed_at = now()
    _set_status(row, Schedule.Status.ACTIVE, "")
    _record("resume", principal, row)


@transaction.atomic
def take_over_schedule(*, principal: Principal, schedule_id: int) -> None:
    """Make an administrator the owner of somebody's schedule.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND.
    """
    require(principal, ADMINS)
    row = _locked(principal, schedule_id)
    before, row.owner_id = row.owner_id, principal.person_id
    row.version += 1
    row.updated_at = now()
    row.save()
    _record("take_over", principal, row, previousOwner=before)


@transaction.atomic
def test_schedule(*, principal: Principal, schedule_id: int) -> int:
    """Plan a run now to the principal alone, with their own rows; return the occurrence's id.

    Raises ``AppError`` NOT_FOUND.
    """
    row = _locked(principal, schedule_id)
    return _plan(row, principal, Occurrence.Kind.TEST, only_person_id=principal.person_id)


@transaction.atomic
def run_now(*, principal: Principal, schedule_id: int) -> int:
    """Plan a run now to all recipients; return the occurrence's id. Its times stay as they are.

    Raises ``AppError``: NOT_FOUND; CONFLICT while such a run is under way.
    """
    row = _locked(principal, schedule_id)
    refuse_unless(may_send(principal, row.recipients))
    under_way = row.occurrences.filter(kind=Occurrence.Kind.NOW).exclude(status__in=_ENDED)
    if under_way.exists():
        raise AppError(ErrorCode.CONFLICT, _("This report is still being sent."))
    return _plan(row, principal, Occurrence.Kind.NOW)


def _plan(row: Schedule, principal: Principal, kind: Occurrence.Kind, **recipient: Any) -> int:
    """Plan a run that somebody asked for, to one recipient or to all."""
    moment = now()
    occurrence = Occurrence.objects.create(
        schedule_id=row.pk,
        key=f"{kind.value.lower()}:{uuid.uuid4()}",
        kind=kind,
        requested_by_id=principal.person_id,
        due_at=moment,
        run_at=moment,
        **recipient,
    )
    _record(kind.value.lower(), principal, row, occurrence=occurrence.pk)
    return occurrence.pk


@transaction.atomic
def send_again(*, principal: Principal, delivery_id: int) -> int:
    """Plan an occurrence anew for one recipient, with the data of now; return its id.

    The recipient's rights are those of now too. Raises ``AppError``: NOT_FOUND; CONFLICT while
    the occurrence itself is still at work.
    """
    found = (
        OccurrenceRecipient.objects.filter(pk=delivery_id)
        .values("person_id", "part", "occurrence__schedule_id", "occurrence__status")
        .first()
    )
    if found is None:
        raise not_found()
    row = _locked(principal, found["occurrence__schedule_id"])
    if found["occurrence__status"] not in _ENDED:
        raise AppError(ErrorCode.CONFLICT, _("This report is still being sent."))
    recipient = {"only_person_id": found["person_id"], "only_part": found["part"]}
    return _plan(row, principal, Occurrence.Kind.AGAIN, **recipient)


_ENDED = frozenset({Occurrence.Status.DONE, Occurrence.Status.SKIPPED, Occurrence.Status.FAILED})


def _locked(principal: Principal, schedule_id: int) -> Schedule:
    require(principal, SCHEDULERS)
    rows = Schedule.objects.select_for_update().filter(visible_to(principal), pk=schedule_id)
    row = rows.first()
    if row is None:
        raise not_found()
    return row


def _set_status(row: Schedule, status: Schedule.Status, reason: str) -> None:
    row.status, row.pause_reason = status, reason
    row.version += 1
    row.updated_at = now()
    row.save()


def _newest_snapshot_id() -> str:
    published = Snapshot.objects.filter(status=Snapshot.Status.PUBLISHED).order_by("-id")
    return published.values_list("snapshot_id", flat=True).first() or ""


def _record(verb: str, principal: Principal, row: Schedule, **details: Any) -> None:
    audit.record(
        action=f"schedule.{verb}",
        actor=principal,
        target=f"schedule:{row.pk}",
        details=details,
    )
