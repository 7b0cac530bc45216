"""Checks when the service starts: ``migrate``, and ``check --database default``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import DatabaseError

from optilearn.core.clock import now
from optilearn.institutions.selectors import time_zones


@checks.register(checks.Tags.database)
def check_zones(
    databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Check that DuckDB cuts days and hours of each institution's zone as we do."""
    if not databases:
        return []
    try:
        zones = time_zones()
    except DatabaseError:  # before the first migration there are no institutions
        return []
    from reports.api import check_zone  # noqa: PLC0415 - slow to import, and this runs rarely

    found: list[checks.CheckMessage] = []
    for zone in zones:
        since = check_zone(zone, now())
        if since is not None:
            message = f"DuckDB has other rules for {zone} than tzdata, from {since} UTC on."
            hint = "Reports by hour, day or week are wrong there: see docs/operations.md."
            found.append(checks.Warning(message, hint=hint, id="optilearn.W101"))
    return found
