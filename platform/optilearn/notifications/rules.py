"""The five rules that suppress or defer a delivery, in order (docs/rules.md#notifications)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

REENGAGE: Final = "re-engage"
"""The mark of a reminder to come back, whatever its text."""
DIGEST_KEYS: Final = frozenset({"DIGEST", "PARENT_WEEKLY_DIGEST", "TEACHER_WEEKLY_DIGEST"})
"""The reader chose their hour: they pass quiet hours and the daily cap."""
TEST_PREFIX: Final = "test:"
"""The beginning of ``dedupe`` of a test message that an administrator sends to themselves."""


class Rule(StrEnum):
    """The reason that is recorded on a delivery that is SKIPPED or DEFERRED."""

    # Checked before the five: there is nobody to send it to, or nowhere.
    PREFERENCE = "preference"
    INACTIVE = "inactive"
    EXPIRED = "expired"
    OUTDATED = "outdated"
    NO_ADDRESS = "no_address"
    NO_DEVICE = "no_device"
    NOT_CONFIGURED = "not_configured"
    # The five, in their order.
    BOUNCE = "bounce"
    DUPLICATE = "duplicate"
    DAILY_CAP = "daily_cap"
    REENGAGE_COOLDOWN = "reengage_cooldown"
    QUIET_HOURS = "quiet_hours"
