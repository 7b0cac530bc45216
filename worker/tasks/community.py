"""Background tasks of the community."""

from __future__ import annotations

from optilearn.community.announcements.services import publish_due_announcements
from worker.app import task


@task("community.publish_announcements")
def publish_announcements() -> None:
    """Publish the announcements whose time has come, and notify their readers."""
    publish_due_announcements()
