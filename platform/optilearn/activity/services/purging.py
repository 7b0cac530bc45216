"""Deletion of old statements and state documents; the activity they counted stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from optilearn.core.clock import now
from optilearn.core.sql import change
from optilearn.core.tenancy.context import require_institution_id

RETENTION: Final = timedelta(days=400)
"""A school year and a little, as the log of messages. Older events aren't taken any more, so
nothing is counted twice when its statement is gone."""
_BATCH: Final = 5_000
"""Rows that one statement takes away."""
_OLD: Final = (
    "DELETE FROM activity_statement WHERE institution_id = %(institution)s AND id IN ("
    "SELECT id FROM activity_statement WHERE institution_id = %(institution)s"
    " AND stored_at < %(before)s LIMIT %(limit)s)",
    "DELETE FROM activity_statedocument WHERE institution_id = %(institution)s AND id IN ("
    "SELECT id FROM activity_statedocument WHERE institution_id = %(institution)s"
    " AND updated_at < %(before)s LIMIT %(limit)s)",
)
"""In SQL: the ORM would fetch the ids first."""


def purge() -> int:
    """Remove what is older than ``RETENTION``; return how many rows went."""
    values: dict[str, Any] = {
        "institution": require_institution_id(),
        "before": now() - RETENTION,
        "limit": _BATCH,
    }
    gone = 0
    for statement in _OLD:
        deleted = _BATCH
        while deleted == _BATCH:
            deleted = change(statement, values)
            gone += deleted
    return gone
