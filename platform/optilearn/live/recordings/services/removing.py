"""Removing recordings, which show people: by their hosts, and after their time."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.locking import each_alone
from optilearn.files import services as files
from optilearn.live.models import Recording
from optilearn.live.recordings import policies, rules

_OVER: Final = (rules.Status.READY, rules.Status.FAILED)
_AT_ONCE: Final = 500
_logger: Final = logging.getLogger(__name__)


@transaction.atomic
def remove(*, principal: Principal, recording_id: int) -> None:
    """Remove a recording and its file for good.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND; CONFLICT for one that isn't over.
    """
    recording = policies.hosted_recording(principal, recording_id, lock=True)
    if recording.status not in _OVER:
        raise AppError(
            ErrorCode.CONFLICT,
            _("This recording isn't finished yet."),
            {"status": recording.status},
        )
    _remove(recording)
    audit.record(
        action="recording.remove",
        actor=principal,
        target=f"live-class:{recording.live_class_id}",
        details={"recording": recording_id},
    )


def purge_recordings() -> int:
    """Remove the recordings that are older than they may become; return their number."""
    before = clock.now() - timedelta(days=settings.RECORDING_KEEP_DAYS)
    due = Recording.objects.filter(status__in=_OVER, finished_at__lt=before).order_by("id")
    keys = list(due.values_list("id", flat=True)[:_AT_ONCE])
    return each_alone(keys, _purge, _logger, "recording")


def _purge(recording_id: int) -> bool:
    found = Recording.objects.select_for_update().filter(pk=recording_id).first()
    if found is not None:
        _remove(found)
    return found is not None


def _remove(recording: Recording) -> None:
    file_id = recording.file_id
    recording.delete()
    if file_id is not None:
        files.discard(file_id)
