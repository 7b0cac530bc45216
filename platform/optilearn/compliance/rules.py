"""Rules about obligations: facts as SQL fragments and as Python, which a test compares.

Days are those of the institution's calendar.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from django.db.models import Q

from optilearn.compliance.models import Obligation
from optilearn.core.access.roles import Role
from optilearn.core.sql import compose, quoted
from optilearn.people.rules import active, active_student

Status = Obligation.Status

MAX_EVIDENCE: Final = 20
"""Of one obligation."""

OPEN: Final = Q(met_at=None, waived_at=None, withdrawn_at=None)
"""Still owed, overdue or not."""


def is_open(o: str = "o") -> str:
    """The obligation is still owed, overdue or not."""
    return f"({o}.met_at IS NULL AND {o}.waived_at IS NULL AND {o}.withdrawn_at IS NULL)"


def status_on(obligation: Obligation, today: date) -> str:
    """Return the status of an obligation on that day."""
    return state_of(
        obligation.met_at,
        obligation.waived_at,
        obligation.withdrawn_at,
        obligation.overdue_on,
        today,
    )


def state_of(
    met_at: datetime | None,
    waived_at: datetime | None,
    withdrawn_at: datetime | None,
    overdue_on: date,
    today: date,
) -> str:
    """Return the status of an obligation with these dates."""
    if met_at is not None:
        return Status.MET.value
    if waived_at is not None:
        return Status.WAIVED.value
    if withdrawn_at is not None:
        return Status.WITHDRAWN.value
    return Status.OVERDUE.value if overdue_on <= today else Status.PENDING.value


def in_status(status: str, today: date) -> Q:
    """Return the condition that an obligation has a status on that day."""
    conditions = {
        Status.MET: Q(met_at__isnull=False),
        Status.WAIVED: Q(waived_at__isnull=False),
        Status.WITHDRAWN: Q(withdrawn_at__isnull=False),
        Status.OVERDUE: OPEN & Q(overdue_on__lte=today),
        Status.PENDING: OPEN & Q(overdue_on__gt=today),
    }
    return conditions[Status(status)]


_ADDRESSED: Final = """
    (<active> AND <p>.role <> <parent> AND (
        <r>.roles @> ARRAY[<p>.role]
        OR <student> AND <p>.class_id <> '' AND <r>.class_ids @> ARRAY[<p>.class_id]
        OR EXISTS (
            SELECT FROM compliance_requirementperson n
             WHERE n.institution_id = <r>.institution_id AND n.requirement_id = <r>.id
               AND n.person_id = <p>.id)))
"""


def addressed(requirement: str = "r", person: str = "p") -> str:
    """The person belongs to the requirement's audience today: by role, class or name, once."""
    return compose(
        _ADDRESSED,
        active=active(person),
        parent=quoted(Role.PARENT),
        student=active_student(person),
        r=requirement,
        p=person,
    )
