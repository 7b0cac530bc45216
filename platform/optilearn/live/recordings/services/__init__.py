"""Writes of recordings."""

from __future__ import annotations

from optilearn.live.recordings.services.receiving import (
    Announcement,
    file_arrived,
    job_failed,
    offer_upload,
)
from optilearn.live.recordings.services.removing import purge_recordings, remove
from optilearn.live.recordings.services.starting import Started, start
from optilearn.live.recordings.services.stopping import stop
from optilearn.live.recordings.services.sweeping import run_recordings

__all__ = [
    "Announcement",
    "Started",
    "file_arrived",
    "job_failed",
    "offer_upload",
    "purge_recordings",
    "remove",
    "run_recordings",
    "start",
    "stop",
]
