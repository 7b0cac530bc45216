"""Obligations follow their requirement: made, restored, moved, withdrawn, met by completions.

``bring_up_to_date`` compares what a locked requirement asks for with what is there and writes the
difference, in a constant number of statements: it runs after each change and every hour, and a
second time it changes nothing. Rows are locked by ascending id, so that two of these and the
completions of courses wait for each other instead of deadlocking.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import Final

from optilearn.compliance.models import Obligation, Requirement
from optilearn.compliance.rules import OPEN, addressed, is_open
from optilearn.compliance.schedule import Period, Schedule
from optilearn.compliance.selectors.days import local_day, local_zone
from optilearn.compliance.services.meeting import meet_by_course
from optilearn.core import audit, clock
from optilearn.core.locking import each_alone
from optilearn.core.sql import Row, change, compose
from optilearn.enrollment.services import hold_completions
from optilearn.people.rules import PEOPLE

_logger: Final = logging.getLogger(__name__)

_RESTORE: Final = compose(
    """
    WITH found AS (
        SELECT o.id FROM compliance_obligation o
          JOIN compliance_requirement r
            ON r.institution_id = o.institution_id AND r.id = o.requirement_id
          <person>
         WHERE o.requirement_id = %(requirement)s AND o.withdrawn_at IS NOT NULL AND <addressed>
           AND (o.period = %(current)s
                OR (o.withdrawn_at AT TIME ZONE %(zone)s)::date > o.due_on)
         ORDER BY o.id FOR NO KEY UPDATE OF o
    )
    UPDATE compliance_obligation o
       SET withdrawn_at = NULL, reminded_days = NULL, escalated_at = NULL
      FROM found WHERE o.id = found.id
    """,
    person=PEOPLE.joined("p", "o.person_id"),
    addressed=addressed("r", "p"),
)
"""A person who comes back owes the current period, and what was past due when they left."""
_MAKE: Final = compose(
    """
    INSERT INTO compliance_obligation (
        institution_id, requirement_id, person_id, title, period, starts_on, due_on, overdue_on,
        met_by, waiver_reason, created_at)
    SELECT r.institution_id, r.id, p.id, r.title, t.period, t.starts_on, t.due_on,
           t.due_on + r.grace_days + 1, '', '', %(now)s
      FROM compliance_requirement r
     CROSS JOIN unnest(%(periods)s::int[], %(starts)s::date[], %(due)s::date[])
           AS t (period, starts_on, due_on)
      JOIN <people> ON p.institution_id = r.institution_id
     WHERE r.id = %(requirement)s AND <addressed>
       AND NOT EXISTS (
           SELECT FROM compliance_obligation o
            WHERE o.institution_id = r.institution_id AND o.requirement_id = r.id
              AND o.person_id = p.id AND o.period = t.period)
       AND (t.due_on >= %(today)s OR EXISTS (
           SELECT FROM compliance_obligation o
            WHERE o.institution_id = r.institution_id AND o.requirement_id = r.id
              AND o.person_id = p.id AND o.period = %(known)s AND o.withdrawn_at IS NULL))
     ORDER BY p.id, t.period
    """,
    people=PEOPLE.aliased("p"),
    addressed=addressed("r", "p"),
)
"""Of periods that were due while no worker ran, only who was there before owes something."""
_WITHDRAW: Final = compose(
    """
    WITH found AS (
        SELECT o.id FROM compliance_obligation o
          JOIN compliance_requirement r
            ON r.institution_id = o.institution_id AND r.id = o.requirement_id
          <person>
         WHERE o.requirement_id = %(requirement)s AND <open>
           AND (r.archived_at IS NOT NULL OR NOT <addressed>)
         ORDER BY o.id FOR NO KEY UPDATE OF o
    )
    UPDATE compliance_obligation o SET withdrawn_at = %(now)s
      FROM found WHERE o.id = found.id AND <open>
    """,
    person=PEOPLE.joined("p", "o.person_id"),
    open=is_open("o"),
    addressed=addressed("r", "p"),
)


def bring_up_to_date(requirement: Requirement, today: date, *, is_moved: bool = False) -> None:
    """Make, restore, withdraw and meet the obligations of a requirement whose row is locked.

    There is one obligation for each person and period, until the first period that isn't past.
    Of a schedule that has just been changed (``is_moved``) nobody owes what is past. At most nine
    statements, whatever the number of people.
    """
    hold_completions([requirement.course_id])
    given = _given(requirement, today, is_moved=is_moved)
    counts = {"withdrawn": change(_WITHDRAW, given)}
    if requirement.archived_at is None:
        counts["restored"] = change(_RESTORE, given)
        counts["made"] = change(_MAKE, given)
        counts["met"] = meet_by_course(requirement)
        if given["current"] != requirement.last_period:
            requirement.last_period = given["current"]
            requirement.save(update_fields=["last_period"])
    if any(counts.values()):
        audit.record(
            action="requirement.assign",
            target=f"requirement:{requirement.pk}",
            details={what: number for what, number in counts.items() if number},
        )


def assign_all() -> int:
    """Bring the obligations of all active requirements up to date; return the number of these.

    One transaction for each, so one that is killed leaves the others as they are, and the next
    run does the rest.
    """
    keys = Requirement.objects.filter(archived_at=None).order_by("id").values_list("id", flat=True)
    today = local_day()
    return each_alone(list(keys), lambda key: _assign(key, today), _logger, "requirement")


def withdraw_from(person_id: int) -> None:
    """Withdraw what a person owes, who is about to be erased."""
    found = Obligation.objects.filter(OPEN, person_id=person_id)
    keys = found.select_for_update(no_key=True).order_by("id").values_list("id", flat=True)
    Obligation.objects.filter(pk__in=list(keys)).update(withdrawn_at=clock.now())


def schedule_in_force(requirement: Requirement) -> Schedule:
    """Return the due dates of a requirement."""
    return Schedule(
        requirement.first_due_on,
        requirement.canonical_rule,
        requirement.ends_on,
        requirement.first_period,
    )


def _assign(requirement_id: int, today: date) -> bool:
    found = Requirement.objects.select_for_update().filter(pk=requirement_id).first()
    if found is None or found.archived_at is not None:
        return False
    bring_up_to_date(found, today)
    return True


def _given(requirement: Requirement, today: date, *, is_moved: bool) -> Row:
    periods = schedule_in_force(requirement).periods_until(today)
    current = periods[-1]
    known = requirement.last_period
    wanted = [
        one
        for one in periods
        if (known is not None and one.number > known and not is_moved)
        or (one is current and one.due_on >= today)
    ]
    return {
        "requirement": requirement.pk,
        "current": current.number,
        "known": known,
        "zone": local_zone().key,
        "today": today,
        "now": clock.now(),
        **_columns(wanted),
    }


def _columns(periods: list[Period]) -> Row:
    return {
        "periods": [one.number for one in periods],
        "starts": [one.starts_on for one in periods],
        "due": [one.due_on for one in periods],
    }
