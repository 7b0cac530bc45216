"""Outcome of a push on one device."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DeviceStatus(StrEnum):
    """The consequence of an outcome."""

    DELIVERED = "delivered"
    REMOVE = "remove"
    """The token is dead, or of another project: delete it."""
    KEEP = "keep"
    """This message can't be sent to the device, for another reason than its token."""
    LATER = "later"
    """Another attempt may succeed."""


@dataclass(frozen=True)
class DeviceOutcome:
    """Outcome of one attempt at one device."""

    kind: DeviceStatus
    reason: str = ""
    """``unregistered``, ``bad_token``, ``other_project``, ``invalid``, ``push_credential``,
    ``rate_limited``, ``unavailable``, ``unreachable``, ``no_reply``, ``no_time``,
    ``misconfigured``."""
    detail: str = ""
    retry_after: float | None = None
    """Seconds."""
    message_id: str = ""

    @property
    def needs_an_administrator(self) -> bool:
        """True if settings have to be corrected before it can succeed."""
        return self.reason in {"misconfigured", "other_project", "push_credential"}
