"""Stopping recordings. A Jibri is only stopped by the session that has its lease."""

from __future__ import annotations

import logging
from typing import Final

from django.conf import settings
from django.db import transaction

from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.queue import enqueue
from optilearn.live import policies
from optilearn.live.models import LiveClass, Recording
from optilearn.live.recordings import leases, rules
from optilearn.live.recordings.jibri import Jibri, JibriError

_logger: Final = logging.getLogger(__name__)


def stop(*, principal: Principal, class_id: int) -> None:
    """Stop the recording of a class; where nothing records, nothing changes.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND. A Jibri that can't be reached is stopped later.
    """
    session_id = _mark_stopped(principal, class_id)
    if session_id is not None:
        stop_job(session_id)


def stop_with_class(live_class: LiveClass) -> None:
    """A class has ended, and its recording with it; called in the transaction of the end.

    The worker stops the Jibri: no transaction waits for it.
    """
    active = Recording.objects.filter(live_class=live_class, status__in=rules.ACTIVE)
    if active.update(status=rules.Status.PROCESSING, stopped_at=clock.now()):
        enqueue("live.run_recordings")


def stop_job(session_id: str) -> bool:
    """Stop the Jibri of a session, if it still has one; return True if it is stopped.

    Not to be called in a transaction: the claim has to be seen by others before the call.
    """
    url = leases.begin_stop(session_id)
    if url is None:
        return False
    if url in settings.JIBRI_URLS:
        try:
            jibri_at(url).stop()
        except JibriError as error:
            _logger.warning("Jibri %s doesn't stop %s: %s", url, session_id, error)
            return False
    leases.end_stop(session_id)
    return True


def jibri_at(url: str) -> Jibri:
    """Return the Jibri of that address."""
    return Jibri(url, connect=settings.JIBRI_CONNECT_SECONDS, total=settings.JIBRI_READ_SECONDS)


@transaction.atomic
def _mark_stopped(principal: Principal, class_id: int) -> str | None:
    """Return the session whose Jibri is to be stopped now.

    None for one that is being started: who starts it, or the sweep, stops its Jibri. A stop that
    overtakes the start would free a Jibri that then begins to record.
    """
    found = policies.hosted(principal, class_id, lock=True).live_class
    active = Recording.objects.select_for_update(no_key=True).filter(
        live_class=found, status__in=rules.ACTIVE
    )
    recording = active.first()
    if recording is None:
        return None
    was_recording = recording.status == rules.Status.RECORDING
    recording.status, recording.stopped_at = rules.Status.PROCESSING, clock.now()
    recording.save(update_fields=["status", "stopped_at"])
    audit.record(
        action="recording.stop",
        actor=principal,
        target=f"live-class:{class_id}",
        details={"recording": recording.pk},
    )
    return recording.session_id if was_recording else None
