"""What was kept long enough: statements and state documents; the activity they counted stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db import connection

from optilearn.core.clock import now
from optilearn.core.tenancy.context import require_institution_id

KEEP: Final = timedelta(days=400)
"""A school year and a little, as the log of messages. Older events aren't taken any more, so
nothing is counted twice when its statement is gone."""
_MOST: Final = 5_000
"""Rows that one statement takes away."""
_OLD: Final = {
    "activity_statement": "stored_at",
    "activity_statedocument": "updated_at",
}


def purge() -> int:
    """Remove what is older than ``KEEP``; how many rows went."""
    values: dict[str, Any] = {
        "institution": require_institution_id(),
        "before": now() - KEEP,
        "most": _MOST,
    }
    gone = 0
    for table, moment in _OLD.items():
        text = (
            f"DELETE FROM {table} WHERE institution_id = %(institution)s AND id IN ("  # noqa: S608
            f"SELECT id FROM {table} WHERE institution_id = %(institution)s"
            f" AND {moment} < %(before)s LIMIT %(most)s)"
        )
        taken = _MOST
        while taken == _MOST:
            with connection.cursor() as cursor:
                cursor.execute(text, values)
                taken = int(cursor.rowcount)
            gone += taken
    return gone
