"""What an institution can set, with its defaults: ``Institution.settings``, read by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.models import Institution


@dataclass(frozen=True)
class FeeGate:
    """Whether overdue fees close lessons (domain.md §4), and what is said then."""

    enabled: bool = False
    message: str = ""


def fee_gate(settings: Mapping[str, Any] | None = None) -> FeeGate:
    """The fee gate of the institution in force, or of these settings."""
    if settings is None:
        row = Institution.objects.values_list("settings", flat=True)
        settings = row.get(pk=require_institution_id())
    found = settings.get("feeGate") or {}
    return FeeGate(bool(found.get("enabled")), str(found.get("message") or ""))
