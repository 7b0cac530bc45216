"""Options of an institution and their defaults: ``Institution.settings``, read by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings as configured

_MIB: Final = 1024**2


@dataclass(frozen=True)
class FeeGate:
    """The rule that overdue fees close lessons (docs/rules.md#fees), and its message."""

    enabled: bool = False
    message: str = ""


def fee_gate(settings: Mapping[str, Any]) -> FeeGate:
    """The fee gate of these settings; what is not set on purpose leaves it open."""
    found = settings.get("feeGate")
    if not isinstance(found, Mapping):
        return FeeGate()
    return FeeGate(found.get("enabled") is True, str(found.get("message") or ""))


DEFAULT_ATTENDANCE_PERCENT: Final = 75


def attendance_percent(settings: Mapping[str, Any]) -> int:
    """The part of a live class, in percent, that makes a student present."""
    found = settings.get("attendancePercent")
    if type(found) is int and 1 <= found <= 100:
        return found
    return DEFAULT_ATTENDANCE_PERCENT


@dataclass(frozen=True)
class Quotas:
    """Limits in bytes of the files of the institution, of a staff member, and of a learner."""

    school_bytes: int
    staff_bytes: int
    learner_bytes: int


def max_school_bytes() -> int:
    """Return the operator's limit for an institution: the disk is the operator's."""
    return int(configured.QUOTA_SCHOOL_MB) * _MIB


def quotas(settings: Mapping[str, Any]) -> Quotas:
    """The quotas of these settings; what is not set is as the operator has it."""
    found = settings.get("quotas")
    wanted = found if isinstance(found, Mapping) else {}

    def of(name: str, default: int) -> int:
        value = wanted.get(name)
        return value if type(value) is int else default

    maximum = max_school_bytes()
    return Quotas(
        min(maximum, of("schoolBytes", maximum)),
        of("staffBytes", int(configured.QUOTA_STAFF_MB) * _MIB),
        of("learnerBytes", int(configured.QUOTA_LEARNER_MB) * _MIB),
    )
