"""Errors that a caller is told about, with the codes and statuses of docs/rules.md#errors."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final


class ErrorCode(StrEnum):
    """A published error code."""

    AUTH_REQUIRED = "AUTH_REQUIRED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    VALIDATION_ERROR = "VALIDATION_ERROR"
    TENANT_MISMATCH = "TENANT_MISMATCH"
    ENROLLMENT_REQUIRED = "ENROLLMENT_REQUIRED"
    ALREADY_ENROLLED = "ALREADY_ENROLLED"
    COURSE_FULL = "COURSE_FULL"
    ATTEMPT_LIMIT = "ATTEMPT_LIMIT"
    LESSON_LOCKED = "LESSON_LOCKED"
    FEE_OVERDUE = "FEE_OVERDUE"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    REPORT_INVALID = "REPORT_INVALID"

    @property
    def status(self) -> int:
        """Its HTTP status."""
        return _STATUS[self]


_STATUS: Final = {
    ErrorCode.AUTH_REQUIRED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.VALIDATION_ERROR: 400,
    ErrorCode.TENANT_MISMATCH: 403,
    ErrorCode.ENROLLMENT_REQUIRED: 403,
    ErrorCode.ALREADY_ENROLLED: 409,
    ErrorCode.COURSE_FULL: 409,
    ErrorCode.ATTEMPT_LIMIT: 409,
    ErrorCode.LESSON_LOCKED: 403,
    ErrorCode.FEE_OVERDUE: 402,
    ErrorCode.INTERNAL_ERROR: 500,
    ErrorCode.CONFLICT: 409,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.SERVICE_UNAVAILABLE: 503,
    ErrorCode.REPORT_INVALID: 422,
}


class AppError(Exception):
    """A refusal that the caller is told about, word for word."""

    def __init__(
        self, code: ErrorCode, message: str, details: Mapping[str, Any] | list[Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


def invalid(message: str, path: str) -> AppError:
    """Return the refusal of a value, with its place in the body: ``/groups/0/name``, "" for all."""
    return AppError(ErrorCode.VALIDATION_ERROR, message, [{"path": path}])
