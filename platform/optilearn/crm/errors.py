"""Errors of OptiCRM. Their reasons go to logs and the database: no personal data."""

from __future__ import annotations


class CrmError(Exception):
    """OptiCRM gave no useful answer. ``endpoint`` is one of ``crm.endpoints``, by name."""

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(f"OptiCRM, {endpoint}: {reason}")
        self.endpoint = endpoint
        self.reason = reason


class CrmDown(CrmError):  # noqa: N818 - says what happened
    """It can't be reached, is too slow, fails, or has too much to do. Later may help.

    ``retry_after`` is in seconds, where it said so.
    """

    def __init__(self, endpoint: str, reason: str, retry_after: float | None = None) -> None:
        super().__init__(endpoint, reason)
        self.retry_after = retry_after


class CrmOff(CrmDown):
    """No OptiCRM is connected: OPTICRM_API_KEY is not set."""


class CrmRefused(CrmError):  # noqa: N818 - says what happened
    """It refused the request: our key, or what we sent. ``status`` is HTTP's."""

    def __init__(self, endpoint: str, reason: str, status: int) -> None:
        super().__init__(endpoint, reason)
        self.status = status


class CrmNotFound(CrmError):  # noqa: N818 - says what happened
    """It knows no such record, or no such institution: to a caller both are 404."""


class CrmAnswerError(CrmError):
    """It answered something else than was promised, or somebody else's records."""
