"""The interface of analytics for ``pipelines.work``, which imports no other module of the product.

An import contract in pyproject.toml holds it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from django.db import OperationalError, connections

from optilearn.analytics.alerts.evaluation import evaluate_published, is_due
from optilearn.analytics.schedules.planning import plan_due
from optilearn.analytics.schedules.running import run_due
from optilearn.analytics.snapshot_requests import open_requests
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import institution_by_id, institution_by_slug, institution_ids

log = logging.getLogger(__name__)

__all__ = [
    "RecordsUnavailableError",
    "close_connections",
    "evaluate_alerts",
    "plan_work",
    "send_reports",
    "snapshot_requests",
]


class RecordsUnavailableError(RuntimeError):
    """PostgreSQL doesn't answer; the same may work later."""


def close_connections() -> None:
    """Close this thread's connections: Dagster's ticks come in threads that it lets go."""
    connections.close_all()


def plan_work() -> list[str]:
    """Write what is due, in every institution; return the slugs of those that have work.

    Each institution is looked at in its own context; where nothing is due it costs three queries.
    Raises ``RecordsUnavailableError``.
    """
    try:
        ids = institution_ids()
    except OperationalError as error:
        raise RecordsUnavailableError(str(error)) from error
    found = []
    for institution_id in ids:
        try:
            with tenant_context(institution_id):
                is_waiting = plan_due()
                has_work = is_waiting or is_due()
        except Exception:  # a defect that one institution meets must not stop the others' reports
            log.exception("The work of institution %s can't be planned.", institution_id)
            continue
        if has_work:
            found.append(institution_by_id(institution_id).slug)
    return found


def snapshot_requests() -> dict[str, str]:
    """Return the ids of the snapshots that somebody requested, by the institution's slug.

    One query, and one more for each request. Raises ``RecordsUnavailableError``.
    """
    try:
        wanted = open_requests(institution_ids())
        return {institution_by_id(one).slug: request_id for one, request_id in wanted.items()}
    except OperationalError as error:
        raise RecordsUnavailableError(str(error)) from error


def send_reports(slug: str, seconds: float = 300.0) -> int:
    """Run the scheduled reports of an institution that are due, for about so many seconds.

    Returns how many ended; safe to call twice at once. Raises ``LookupError`` for an institution
    that isn't there any more.
    """
    with _institution(slug):
        return run_due(seconds)


def evaluate_alerts(slug: str, seconds: float = 300.0) -> int:
    """Evaluate the alerts of an institution that its newest snapshot hasn't been compared with.

    Returns how many were evaluated; raises as :func:`send_reports`.
    """
    until, total = monotonic() + seconds, 0
    with _institution(slug):
        while monotonic() < until and (count := evaluate_published()):
            total += count
    return total


@contextmanager
def _institution(slug: str) -> Iterator[None]:
    institution = institution_by_slug(slug)
    if institution is None:
        raise LookupError(f"There is no institution {slug!r}.")
    with tenant_context(institution.id):
        yield
