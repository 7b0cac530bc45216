"""PostgreSQL's plans for tables that are filled and analyzed, as a school's are after some weeks.

Of an empty table the planner knows nothing: which index it takes depends on the statistics that
tests before this one left, or autovacuum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections
from django.db.models import Model

ALIASES = ["default", "owner"]
"""Tests that ask for plans need both: only a table's owner may analyze it."""


def plan_of(
    rows: Sequence[Model], statement: str, parameters: Mapping[str, Any] | Sequence[Any]
) -> str:
    """Insert the rows, which are of one table, and return the plan for a statement.

    Works in the transaction of the test, on the owner's connection, and for the institution in
    force: row-level security holds for the owner, too.
    """
    model = type(rows[0])
    model._default_manager.using("owner").bulk_create(rows)
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ANALYZE {model._meta.db_table}")
        cursor.execute(f"EXPLAIN {statement}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())
