"""Handing each institution its work by the clock."""

from __future__ import annotations

from optilearn.institutions.selectors import institution_ids
from worker.app import SystemTask, app, task
from worker.schedule import FOR_EACH, PERIODS


@task(FOR_EACH, base=SystemTask)
def for_each_institution(*, task: str) -> None:
    """Send one task to every institution, each in a message of its own.

    Only their ids are read here: no context is opened, and one that fails stops no other.
    """
    for institution_id in institution_ids():
        app.send_task(
            task,
            kwargs={"institution_id": institution_id},
            expires=PERIODS[task].total_seconds(),
        )
