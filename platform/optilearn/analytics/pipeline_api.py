"""The interface of analytics for ``pipelines.work``, which imports no other module of the product.

An import contract in pyproject.toml holds it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections

from optilearn.analytics.schedules.planning import plan_due
from optilearn.analytics.schedules.running import run_due
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import institution_by_id, institution_by_slug, institution_ids

__all__ = ["WorkDone", "close_connections", "plan_work", "run_work"]


def close_connections() -> None:
    """Close this thread's connections: Dagster's ticks come in threads that it lets go."""
    connections.close_all()


@dataclass(frozen=True)
class WorkDone:
    """The work that was done for an institution."""

    occurrences: int


def plan_work() -> list[str]:
    """Write what is due, in every institution; return the slugs of those that have work.

    Each institution is looked at in its own context; where nothing is due it costs one query.
    """
    found = []
    for institution_id in institution_ids():
        with tenant_context(institution_id):
            has_work = plan_due()
        if has_work:
            found.append(institution_by_id(institution_id).slug)
    return found


def run_work(slug: str, seconds: float = 300.0) -> WorkDone:
    """Do the due work of an institution, for about so many seconds; safe to run twice at once.

    Raises ``LookupError`` for an institution that isn't there any more.
    """
    institution = institution_by_slug(slug)
    if institution is None:
        raise LookupError(f"There is no institution {slug!r}.")
    with tenant_context(institution.id):
        return WorkDone(occurrences=run_due(seconds))
