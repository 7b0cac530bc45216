"""Start the periodic tasks of each institution."""

from __future__ import annotations

from optilearn.institutions.selectors import institution_ids
from worker.app import SystemTask, app, task
from worker.schedule import FOR_EACH, PERIODS


@task(FOR_EACH, base=SystemTask)
def for_each_institution(*, task: str) -> None:
    """Enqueue a task for every institution, each in a message of its own.

    Only ids are read here, outside every tenant context; a failing task stops no other one.
    """
    for institution_id in institution_ids():
        app.send_task(
            task,
            kwargs={"institution_id": institution_id},
            expires=PERIODS[task].total_seconds(),
        )
