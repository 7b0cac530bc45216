"""Background tasks of notifications."""

from __future__ import annotations

from optilearn.core.queue import queue_of
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import institution_ids
from optilearn.notifications import worker_api as notifications
from worker import mailing, pushing
from worker.app import SystemTask, app, task
from worker.schedule import SWEEP

_MAX_WAIT_SECONDS = 3_600


@task("notifications.deliver_email")
def deliver_email() -> None:
    """Send the e-mails that are due."""
    mailing.deliver_emails()


@task("notifications.deliver_push")
def deliver_push() -> None:
    """Send the pushes that are due."""
    pushing.deliver_pushes()


@task("notifications.deliver_in_app")
def deliver_in_app() -> None:
    """Put due messages into inboxes."""
    notifications.deliver_all_in_app()


@task("notifications.expand")
def expand() -> None:
    """Write the deliveries of bulk messages."""
    notifications.acknowledge("expand")
    notifications.expand()


@task("notifications.make_digests")
def send_digests() -> None:
    """Send the digests that are due."""
    notifications.send_due_digests()


@task("notifications.remind")
def remind() -> None:
    """Remind of work and reviews that are due or overdue, and of what ends soon."""
    notifications.remind_due()
    notifications.remind_overdue()
    notifications.remind_expiring()
    notifications.notify_new_reviews()
    notifications.remind_due_reviews()
    notifications.remind_expiring_certificates()


@task("notifications.tell_low_grades")
def notify_low_grades() -> None:
    """Notify parents of low grades that nobody has corrected."""
    notifications.notify_low_grades()


@task("notifications.reengage")
def reengage() -> None:
    """Remind students who have been away to come back."""
    notifications.reengage()


@task("notifications.purge")
def purge() -> None:
    """Delete old rows."""
    notifications.purge()


@task(SWEEP, base=SystemTask)
def sweep() -> None:
    """Send a wake-up wherever PostgreSQL has due work: the queue may have lost one.

    One index lookup for each institution; only due work costs a message. A message that no
    worker receives within an hour expires, so that the queue of an absent worker stays short.
    """
    for institution_id in institution_ids():
        with tenant_context(institution_id):
            due = notifications.due_work()
        for kind in due:
            name = notifications.TASKS[kind]
            app.send_task(
                name,
                kwargs={"institution_id": institution_id},
                queue=queue_of(name),
                expires=_MAX_WAIT_SECONDS,
            )
