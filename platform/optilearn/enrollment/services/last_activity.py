"""The last activity of students in their courses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from optilearn.core.sql import change

LAST_ACTIVITY_MOVED: Final = """locked AS (
        SELECT e.id, latest.moment
          FROM enrollment_enrollment e JOIN latest ON latest.enrollment_id = e.id
         WHERE e.institution_id = %(institution)s
           AND (e.last_activity_at IS NULL OR e.last_activity_at < latest.moment)
         ORDER BY e.id FOR NO KEY UPDATE OF e
    ), moved AS (
        UPDATE enrollment_enrollment e
           SET last_activity_at = greatest(e.last_activity_at, locked.moment)
          FROM locked WHERE e.institution_id = %(institution)s AND e.id = locked.id
    )"""
"""Parts of a WITH that write down the last activity of the enrollments in ``latest``.

``latest`` has ``(enrollment_id, moment)``. For the app that writes events: a batch is one
statement (docs/benchmarks.md, "50 events of activity"). Enrollments are locked by their ids.
"""


def touch(enrollment_ids: Sequence[int], now: datetime) -> None:
    """Write down that students were active in a course; an earlier moment changes nothing.

    In SQL: it is part of every report of a player.
    """
    change(
        "UPDATE enrollment_enrollment SET last_activity_at = %(now)s WHERE id = ANY (%(ids)s)"
        " AND (last_activity_at IS NULL OR last_activity_at < %(now)s)",
        {"ids": list(enrollment_ids), "now": now},
    )
