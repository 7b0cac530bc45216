"""Why a message is not sent, or not yet: five rules in a fixed order (domain.md §7)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

REENGAGE: Final = "re-engage"
"""The mark of who was asked to come back, whatever the message said."""


class Rule(StrEnum):
    """What is recorded on a delivery that is SKIPPED or DEFERRED."""

    # What comes before the rules: there is nobody or nowhere to send it to.
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
