"""The ways in which the run of an occurrence ends other than well."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Reason(StrEnum):
    """The reason why an occurrence or a recipient got no file; clients translate it."""

    STALE_DATA = "STALE_DATA"
    NO_SNAPSHOT = "NO_SNAPSHOT"
    EMPTY = "EMPTY"
    NO_RECIPIENTS = "NO_RECIPIENTS"
    OWNER_GONE = "OWNER_GONE"
    NOT_ALLOWED = "NOT_ALLOWED"
    """The owner's role doesn't send reports to others any more."""
    ITEM_GONE = "ITEM_GONE"
    """The report was deleted, or isn't shared with the schedule's owner any more."""
    REPORT_INVALID = "REPORT_INVALID"
    SERVICE_DOWN = "SERVICE_DOWN"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    GAVE_UP = "GAVE_UP"
    """Each attempt so far was killed."""
    ALREADY_SENT = "ALREADY_SENT"
    """It was sent before the records were restored from a backup."""
    ACCESS_CHANGED = "ACCESS_CHANGED"
    """The recipient left, or may see other rows than when the file was made."""
    UNOPENED = "UNOPENED"
    PAUSED = "PAUSED"


class RunEnd(Exception):  # noqa: N818 - an ending, not an error
    """The run ends here."""

    def __init__(self, reason: Reason, problem: str = "") -> None:
        super().__init__(problem or reason.value)
        self.reason = reason
        self.problem = problem


class Skipped(RunEnd):
    """There is nothing to send this time."""


class Failed(RunEnd):
    """It can't be sent; its owner is notified."""


class Paused(RunEnd):
    """The schedule is paused, so that it doesn't fail or bother people again and again."""


class Postponed(RunEnd):
    """It is tried again after ``delay``."""

    def __init__(self, reason: Reason, delay: timedelta, problem: str = "") -> None:
        super().__init__(reason, problem)
        self.delay = delay


class LeaseLost(Exception):  # noqa: N818 - nobody's error
    """Another attempt has the occurrence by now: nothing more may be written."""
