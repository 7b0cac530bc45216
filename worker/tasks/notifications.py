"""Notifications' work in the background."""

from __future__ import annotations

from optilearn.core.queue import queue_of
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import institution_ids
from optilearn.notifications import services
from optilearn.notifications.digests.making import make_digests
from optilearn.notifications.producers import reminders
from optilearn.notifications.selectors.queues import waiting_work
from optilearn.notifications.services.waking import TASKS
from worker import mailing, pushing
from worker.app import SystemTask, app
from worker.schedule import SWEEP

_LONGEST_WAIT_SECONDS = 3_600


@app.task(name="notifications.deliver_email")  # type: ignore[untyped-decorator]  # Celery has no types
def deliver_email() -> None:
    """Send the e-mails that are due."""
    mailing.deliver_emails()


@app.task(name="notifications.deliver_push")  # type: ignore[untyped-decorator]  # Celery has no types
def deliver_push() -> None:
    """Send the pushes that are due."""
    pushing.deliver_pushes()


@app.task(name="notifications.deliver_in_app")  # type: ignore[untyped-decorator]  # Celery has no types
def deliver_in_app() -> None:
    """Put what is due into inboxes."""
    services.deliver_all_in_app()


@app.task(name="notifications.expand")  # type: ignore[untyped-decorator]  # Celery has no types
def expand() -> None:
    """Write the rows of the people whom bulk messages are for."""
    services.awake("expand")
    services.expand()


@app.task(name="notifications.make_digests")  # type: ignore[untyped-decorator]  # Celery has no types
def digests() -> None:
    """Make the digests whose readers' hour has come."""
    make_digests()


@app.task(name="notifications.remind")  # type: ignore[untyped-decorator]  # Celery has no types
def remind() -> None:
    """Tell of what is due, overdue, or ends soon."""
    reminders.remind_due()
    reminders.tell_overdue()
    reminders.tell_expiring()


@app.task(name="notifications.tell_low_grades")  # type: ignore[untyped-decorator]  # Celery has no types
def tell_low_grades() -> None:
    """Tell parents of low grades that nobody has corrected."""
    reminders.tell_low_grades()


@app.task(name="notifications.reengage")  # type: ignore[untyped-decorator]  # Celery has no types
def reengage() -> None:
    """Call back who has been away."""
    reminders.reengage()


@app.task(name="notifications.purge")  # type: ignore[untyped-decorator]  # Celery has no types
def purge() -> None:
    """Remove what is old."""
    services.purge()


@app.task(name=SWEEP, base=SystemTask)  # type: ignore[untyped-decorator]  # Celery has no types
def sweep() -> None:
    """Send for a worker wherever PostgreSQL says that work is due: the queue may have forgotten.

    One look at an index for each institution; only what is due costs a message. One that nobody
    takes for an hour goes: the queue of a worker that is away doesn't grow without end.
    """
    for institution_id in institution_ids():
        with tenant_context(institution_id):
            due = waiting_work()
        for kind in due:
            task = TASKS[kind]
            app.send_task(
                task,
                kwargs={"institution_id": institution_id},
                queue=queue_of(task),
                expires=_LONGEST_WAIT_SECONDS,
            )
