"""Schemas of recordings."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from optilearn.core.http.envelope import CamelSchema

RecordingStatus = Literal["PENDING", "RECORDING", "PROCESSING", "READY", "FAILED"]
RecordingState = Literal["NONE", "PENDING", "RECORDING", "PROCESSING", "READY", "FAILED"]
RecordingFailure = Literal["NOT_STARTED", "NO_MEDIA", "REFUSED", "TIMED_OUT"]


class RecordingStarted(CamelSchema):
    """The recording that is going on."""

    recording_id: int
    already_recording: bool = Field(description="Somebody had started it before.")


class RecordingStopped(CamelSchema):
    """The state of the class's recording after the stop."""

    status: RecordingState


class RecordingOut(CamelSchema):
    """A recording of a live class."""

    id: int
    live_class_id: int
    title: str = Field(description="The class's.")
    status: RecordingStatus
    failure: RecordingFailure | None
    started_at: datetime | None
    stopped_at: datetime | None
    ready_at: datetime | None
    size_bytes: int | None


class RecordingUrl(CamelSchema):
    """An address to watch a recording by. It needs no session, so don't share it."""

    url: str
    expires_at: datetime


class SignedPut(CamelSchema):
    """A signed request: send the file's bytes with these headers, and its exact length."""

    url: str
    method: Literal["PUT"]
    headers: dict[str, str]
    expires_at: datetime


class RecordingUpload(CamelSchema):
    """The address for a recording's file."""

    upload: SignedPut | None = Field(
        description="Null: no file is wanted. The session is unknown, or its recording is over."
    )
