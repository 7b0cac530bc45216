"""Background tasks of OptiCRM."""

from __future__ import annotations

import logging

from optilearn.crm import services
from optilearn.crm.errors import CrmError
from worker.app import task

log = logging.getLogger(__name__)


@task("crm.refresh_person")
def refresh_person(*, person_id: int) -> None:
    """Refresh a person from OptiCRM; a failure is logged, and the last copy stays."""
    try:
        services.refresh_person(person_id=person_id)
    except CrmError:
        log.info("Person %s keeps the last copy.", person_id)


@task("crm.refresh_directory")
def refresh_directory() -> None:
    """Refresh the institution's classes, sections and people from OptiCRM."""
    services.refresh_directory()


@task("crm.push_completions")
def push_completions() -> None:
    """Send the completions that are due."""
    services.push_completions()
