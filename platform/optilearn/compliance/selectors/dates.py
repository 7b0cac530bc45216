"""Due dates of obligations, for calendars. For the product itself: no permissions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from optilearn.compliance.models import Obligation


@dataclass(frozen=True)
class ObligationDate:
    """The due date of what a person owes or has met."""

    obligation_id: int
    requirement_id: int
    title: str
    due_on: date
    is_met: bool


def obligation_dates_of(person_id: int, since: date, until: date) -> list[ObligationDate]:
    """Return what a person owes, or has met, that is due from ``since`` to ``until``. One query.

    What was waived or withdrawn is owed by nobody, and in no calendar.
    """
    found = Obligation.objects.filter(
        person_id=person_id,
        waived_at=None,
        withdrawn_at=None,
        due_on__gte=since,
        due_on__lte=until,
    )
    columns = ("id", "requirement_id", "title", "due_on", "met_at")
    return [
        ObligationDate(key, requirement_id, title, due_on, met_at is not None)
        for key, requirement_id, title, due_on, met_at in found.order_by(
            "due_on", "id"
        ).values_list(*columns)
    ]
