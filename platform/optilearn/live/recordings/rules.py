"""Rules about recordings: their times, and which are going on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from optilearn.live import rules
from optilearn.live.models import Recording

Status = Recording.Status

ACTIVE: Final = (Status.PENDING, Status.RECORDING)
"""A class has at most one of these; who starts another is answered this one."""
ASKING_SECONDS: Final = 20
"""Seconds after which no further Jibri is asked to start."""
STARTING: Final = timedelta(minutes=2)
"""Longer than any start takes: a PENDING recording that is older has lost its process."""
SILENCE: Final = timedelta(minutes=30)
"""The finalize script announces the file as soon as the Jibri has stopped."""
_MARGIN: Final = timedelta(minutes=10)


def lease_end(ends_at: datetime, now: datetime) -> datetime:
    """Return the end of the lease of a Jibri for a class: after its room has closed."""
    return max(rules.closes_at(ends_at), now) + _MARGIN


def file_due(recording: Recording) -> datetime | None:
    """Return the time by which the file of a stopped recording must be there."""
    if recording.stopped_at is None:
        return None
    if recording.upload_id is None:
        return recording.stopped_at + SILENCE
    return recording.stopped_at + timedelta(minutes=settings.RECORDING_TIMEOUT_MINUTES)


def takes_file(recording: Recording) -> bool:
    """Return True if a file of the recording is still wanted.

    That a file didn't come in time is a guess, and one that comes all the same proves it wrong;
    every other failure is known.
    """
    if recording.status == Status.FAILED:
        return recording.failure == Recording.Failure.TIMED_OUT
    return recording.status != Status.READY
