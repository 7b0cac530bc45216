"""Facts about obligations, for messages. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Count, Min

from optilearn.compliance.models import Obligation, Requirement
from optilearn.compliance.rules import OPEN, in_status
from optilearn.compliance.selectors.days import local_day, local_zone
from optilearn.people.selectors import active_ids_of_roles

_Status: Final = Obligation.Status


@dataclass(frozen=True)
class DueObligation:
    """An obligation that its person is to be reminded of."""

    id: int
    person_id: int
    requirement_id: int
    title: str
    due_on: date
    days: int
    """The reminder, by its days before the due date."""
    ends_at: datetime
    """The end of the due date on the institution's clock."""


@dataclass(frozen=True)
class Escalation:
    """A requirement that people are late for, as its heads are told."""

    requirement_id: int
    title: str
    due_on: date
    """The earliest of those that are overdue."""
    overdue: int
    owed: int
    """All that was owed in the periods of these, met or not, waivers aside."""
    head_ids: tuple[int, ...]
    today: date
    """On the institution's calendar."""


def due_obligations(ids: Collection[int]) -> list[DueObligation]:
    """Return these obligations, by id. Two queries."""
    zone = local_zone()
    found = Obligation.objects.filter(pk__in=ids, reminded_days__isnull=False).order_by("id")
    return [
        DueObligation(
            one.pk,
            one.person_id,
            one.requirement_id,
            one.title,
            one.due_on,
            one.reminded_days or 0,
            datetime.combine(one.due_on + timedelta(days=1), time(), zone),
        )
        for one in found
    ]


def escalation_of(requirement_id: int) -> Escalation | None:
    """Return what the heads of a requirement are told today; None if nobody is late any more.

    Five queries at any number of people.
    """
    requirement = Requirement.objects.get(pk=requirement_id)
    own = Obligation.objects.filter(requirement=requirement)
    today = local_day()
    late = own.filter(in_status(_Status.OVERDUE, today))
    found = late.aggregate(overdue=Count("id"), due_on=Min("due_on"))
    if not found["overdue"]:
        return None
    periods = late.values("period")
    among = own.filter(waived_at=None, withdrawn_at=None, period__in=periods)
    return Escalation(
        requirement.pk,
        requirement.title,
        found["due_on"],
        found["overdue"],
        among.count(),
        tuple(active_ids_of_roles(requirement.escalate_roles)),
        today,
    )


def open_due_dates(
    requirement_ids: Collection[int], person_ids: Collection[int]
) -> set[tuple[int, int, date]]:
    """Return (requirement, person, due date) of what these people owe for these. One query."""
    found = Obligation.objects.filter(
        OPEN, requirement_id__in=requirement_ids, person_id__in=person_ids
    )
    return set(found.values_list("requirement_id", "person_id", "due_on"))


def late_requirements(requirement_ids: Collection[int]) -> set[int]:
    """Return those of the requirements that somebody is late for today. One query."""
    late = in_status(_Status.OVERDUE, local_day())
    found = Obligation.objects.filter(late, requirement_id__in=requirement_ids)
    return set(found.values_list("requirement_id", flat=True).distinct())
