"""What an institution can set, with its defaults: ``Institution.settings``, read by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FeeGate:
    """Whether overdue fees close lessons (domain.md §4), and what is said then."""

    enabled: bool = False
    message: str = ""


def fee_gate(settings: Mapping[str, Any]) -> FeeGate:
    """The fee gate of these settings; what is not set on purpose leaves it open."""
    found = settings.get("feeGate")
    if not isinstance(found, Mapping):
        return FeeGate()
    return FeeGate(found.get("enabled") is True, str(found.get("message") or ""))
