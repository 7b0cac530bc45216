"""Starting and ending live classes, by their hosts and by the passing of time."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.core.locking import each_alone
from optilearn.live import policies, rules
from optilearn.live.events import LiveClassStarting
from optilearn.live.models import LiveClass, PresenceEvent
from optilearn.live.recordings.services.stopping import stop_with_class
from optilearn.live.services.attendance import record_attendance

_Status = LiveClass.Status
_OPEN: Final = (_Status.SCHEDULED, _Status.LIVE)
_AT_ONCE: Final = 500
_logger: Final = logging.getLogger(__name__)


@transaction.atomic
def start(*, principal: Principal, class_id: int) -> None:
    """Start a class; of two hosts who do it at once the first one did, for the other it is done.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for one that is over, cancelled, or more
    than an hour away.
    """
    found = policies.hosted(principal, class_id, lock=True).live_class
    if found.status == _Status.LIVE:
        return
    if not rules.may_enter(found, clock.now(), is_host=True):
        raise not_open(found, is_host=True)
    found.status, found.started_at = _Status.LIVE, clock.now()
    found.save(update_fields=["status", "started_at"])
    audit.record(action="live_class.start", actor=principal, target=f"live-class:{class_id}")


@transaction.atomic
def end(*, principal: Principal, class_id: int) -> None:
    """End a class; attendance, completed lessons and notices belong to the same transaction.

    Again changes nothing. Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for a class that
    wasn't started.
    """
    visit = policies.hosted(principal, class_id, lock=True)
    found = visit.live_class
    if found.status == _Status.ENDED:
        return
    if found.status != _Status.LIVE:
        raise AppError(
            ErrorCode.CONFLICT,
            _("This live class hasn't started."),
            {"status": found.status},
        )
    _end(found, clock.now())
    audit.record(action="live_class.end", actor=principal, target=f"live-class:{class_id}")


def not_open(found: LiveClass, *, is_host: bool) -> AppError:
    """Return the refusal to enter or start a class, with its reason."""
    if found.status == _Status.CANCELLED:
        return AppError(
            ErrorCode.CONFLICT, _("This live class was canceled."), {"status": found.status}
        )
    opens_at = rules.opens_at(found.starts_at, is_host=is_host)
    if rules.is_open(found.status) and clock.now() < opens_at:
        return AppError(
            ErrorCode.CONFLICT,
            _("The room isn't open yet."),
            {"status": found.status, "opensAt": opens_at},
        )
    return AppError(ErrorCode.CONFLICT, _("This live class is over."), {"status": found.status})


def announce_starting() -> int:
    """Publish that classes begin within minutes, once for each time; return their number.

    The mark and the notices of a class are one transaction, so a worker that is killed leaves
    both to the next run. A class that is over, or that nobody can enter any more, isn't announced.
    """
    now = clock.now()
    due = LiveClass.objects.filter(
        status__in=_OPEN,
        reminded_at=None,
        starts_at__lte=now + rules.REMINDED_BEFORE,
        ends_at__gt=now,
    )
    return each_alone(_keys_of(due), _announce, _logger, "live class")


def end_overdue() -> int:
    """End the classes that nobody has ended, half an hour after their end; return their number.

    They count as ended as planned, one that was started after that as long as its room was open.
    One transaction for each class.
    """
    due = LiveClass.objects.filter(status__in=_OPEN, ends_at__lte=clock.now() - rules.GRACE)
    return each_alone(_keys_of(due), _end_overdue, _logger, "live class")


def _keys_of(due: QuerySet[LiveClass]) -> list[int]:
    return list(due.order_by("starts_at", "id").values_list("id", flat=True)[:_AT_ONCE])


def _announce(class_id: int) -> bool:
    found = policies.class_of(class_id, lock=True)
    now = clock.now()
    is_due = (
        rules.is_open(found.status)
        and found.reminded_at is None
        and found.starts_at <= now + rules.REMINDED_BEFORE
        and now < found.ends_at
    )
    if is_due:
        found.reminded_at = now
        found.save(update_fields=["reminded_at"])
        publish(LiveClassStarting(class_id))
    return is_due


def _end_overdue(class_id: int) -> bool:
    found = policies.class_of(class_id, lock=True)
    if not rules.is_open(found.status) or clock.now() < rules.closes_at(found.ends_at):
        return False
    was_in_time = found.started_at is None or found.started_at < found.ends_at
    _end(found, found.ends_at if was_in_time else rules.closes_at(found.ends_at))
    audit.record(action="live_class.end", target=f"live-class:{class_id}")
    return True


def _end(found: LiveClass, at: datetime) -> None:
    """End a locked class. One that no host was in didn't take place, and has no attendance."""
    found.status, found.ended_at = _Status.ENDED, at
    found.save(update_fields=["status", "ended_at"])
    stop_with_class(found)
    hosts = PresenceEvent.objects.filter(live_class=found, is_host=True)
    if found.started_at is not None or hosts.exists():
        record_attendance(found)
