"""Values as payloads and ``once`` keys hold them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal


def points(score: Decimal) -> str:
    """Format a score as people write it: ``41``, ``41.5``."""
    plain = f"{score:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def instant_key(moment: datetime) -> str:
    """Format an instant for a ``once`` key: a date that changes is notified again."""
    return str(int(moment.timestamp()))
