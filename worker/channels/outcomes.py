"""Outcomes of an attempt. Permanent or transient is decided here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """The provider accepted it."""

    provider: str
    """RESEND, SMTP or FCM."""
    provider_id: str = ""


@dataclass(frozen=True)
class Rejected:
    """A permanent failure."""

    reason: str
    """A short stable code: ``invalid_address``, ``refused``, ``misconfigured`` …"""
    detail: str = ""
    """The provider's own words, without the person's data."""
    provider: str = ""
    bad_address: bool = False
    """The address itself is dead: nothing is sent there again."""


@dataclass(frozen=True)
class Later:
    """A transient failure."""

    reason: str
    """``unreachable``, ``timeout``, ``rate_limited``, ``unavailable``, ``misconfigured`` …"""
    detail: str = ""
    provider: str = ""
    retry_after: float | None = None
    """Seconds, as the provider asked for."""
    maybe_accepted: bool = False
    """True if the provider may have accepted it without a reply."""


Outcome = Accepted | Rejected | Later
