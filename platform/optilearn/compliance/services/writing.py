"""Creating, changing and archiving requirements."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.compliance import policies
from optilearn.compliance.models import Obligation, Requirement, RequirementPerson
from optilearn.compliance.schedule import Period, schedule_of
from optilearn.compliance.selectors.days import local_day
from optilearn.compliance.services.assigning import bring_up_to_date, schedule_in_force
from optilearn.core import audit, clock
from optilearn.core.access.policies import ADMINS, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode, invalid
from optilearn.core.locking import lock_name
from optilearn.core.recurrence.parsing import RuleError
from optilearn.core.sql import change
from optilearn.courses.selectors.access import manages
from optilearn.crm.selectors import unknown_classes
from optilearn.enrollment.services import hold_completions
from optilearn.people.selectors import people_of_roles

_PLAIN: Final = (
    "title",
    "description",
    "course_id",
    "accepts_evidence",
    "roles",
    "class_ids",
    "grace_days",
    "remind_days",
    "escalate_days",
    "escalate_roles",
)
"""Fields that are stored as they are sent."""
_LISTS: Final = frozenset({"roles", "class_ids", "remind_days", "escalate_roles"})
_SCHEDULE: Final = frozenset({"due_on", "rule"})
_AUDIENCE: Final = frozenset({"roles", "class_ids", "person_ids"})
_DECIDES: Final = frozenset({"course_id", "accepts_evidence", "rule"}) | _AUDIENCE
"""Fields that decide whether completing a course is enough."""
_ALL: Final = frozenset({*_PLAIN, *_SCHEDULE, *_AUDIENCE})
_STUDENTS: Final = (Role.STUDENT.value,)


@dataclass(frozen=True)
class _Audience:
    """The people and classes that a requirement named before: they may have left since."""

    people: AbstractSet[int] = frozenset()
    class_ids: AbstractSet[str] = frozenset()

    @classmethod
    def of(cls, requirement: Requirement) -> _Audience:
        people = requirement.people.values_list("person_id", flat=True)
        return cls(frozenset(people), frozenset(requirement.class_ids))


@transaction.atomic
def create_requirement(*, principal: Principal, values: Mapping[str, Any]) -> int:
    """Create a requirement, and what its audience owes for the first period; return its id.

    ``values`` are fields of ``RequirementIn`` by their Python names. A request that is sent again
    changes nothing. Raises ``AppError``: FORBIDDEN, NOT_FOUND for a course or person that isn't
    there, VALIDATION_ERROR with the place.
    """
    require(principal, ADMINS)
    request_id = values.get("request_id")
    if request_id is not None:
        lock_name("compliance.requests", principal.person_id)
        own = Requirement.objects.filter(created_by_id=principal.person_id, request_id=request_id)
        if earlier := own.values_list("id", flat=True).first():
            return int(earlier)
    today = local_day()
    requirement = Requirement(
        created_by_id=principal.person_id,
        request_id=request_id,
        accepts_evidence=False,
        created_at=clock.now(),
    )
    _set_plain(requirement, values)
    _set_schedule(requirement, values, today)
    people = set(values.get("person_ids") or ())
    _check(principal, requirement, people, before=_Audience(), sent=_ALL)
    requirement.save()
    _save_people(requirement, people)
    audit.record(
        action="requirement.create", actor=principal, target=f"requirement:{requirement.pk}"
    )
    bring_up_to_date(requirement, today)
    return requirement.pk


@transaction.atomic
def update_requirement(
    *, principal: Principal, requirement_id: int, values: Mapping[str, Any]
) -> None:
    """Change what is sent of a requirement, and what is owed for it.

    A new due date or rule holds from the current period on: what is open of it moves, what was met
    stays, and people are reminded anew. Raises ``AppError``: as ``create_requirement``, CONFLICT
    for an old ``version``, if one is sent, and for an archived one.
    """
    requirement = policies.managed_requirement(principal, requirement_id, lock=True)
    if values.get("version", requirement.version) != requirement.version:
        raise AppError(
            ErrorCode.CONFLICT,
            _("Somebody changed this requirement meanwhile. Load it again."),
            {"version": requirement.version},
        )
    if requirement.archived_at is not None:
        raise AppError(ErrorCode.CONFLICT, _("This requirement is archived."))
    today = local_day()
    hold_completions([requirement.course_id, values.get("course_id")])
    if _SCHEDULE & values.keys():
        bring_up_to_date(requirement, today)  # what is owed by the schedule that ends here
    before = _Audience.of(requirement)
    _set_plain(requirement, values)
    is_moved = bool(_SCHEDULE & values.keys()) and _set_schedule(requirement, values, today)
    people = set(values["person_ids"]) if "person_ids" in values else before.people
    _check(principal, requirement, people, before=before, sent=values.keys())
    requirement.version += 1
    requirement.save()
    if "person_ids" in values:
        requirement.people.all().delete()
        _save_people(requirement, people)
    _change_obligations(requirement, is_moved=is_moved)
    audit.record(
        action="requirement.update",
        actor=principal,
        target=f"requirement:{requirement_id}",
        details={"fields": sorted(set(values) - {"version"})},
    )
    bring_up_to_date(requirement, today, is_moved=is_moved)


@transaction.atomic
def archive_requirement(*, principal: Principal, requirement_id: int) -> None:
    """Archive a requirement, for good: what is open of it is withdrawn. Again changes nothing.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND.
    """
    requirement = policies.managed_requirement(principal, requirement_id, lock=True)
    if requirement.archived_at is not None:
        return
    requirement.archived_at = clock.now()
    requirement.version += 1
    requirement.save(update_fields=["archived_at", "version"])
    audit.record(
        action="requirement.archive", actor=principal, target=f"requirement:{requirement_id}"
    )
    bring_up_to_date(requirement, local_day())


def _set_plain(requirement: Requirement, values: Mapping[str, Any]) -> None:
    for name in _PLAIN:
        if name not in values:
            continue
        value = values[name]
        if name in _LISTS:
            value = list(dict.fromkeys(getattr(one, "value", one) for one in value))
        if name == "remind_days":
            value.sort(reverse=True)
        setattr(requirement, name, value)


def _set_schedule(requirement: Requirement, values: Mapping[str, Any], today: date) -> bool:
    """Set due date and rule; return True if they are others than before."""
    is_new = requirement.pk is None
    # What people have today is what was read, also of a series; another rule counts from there.
    known = None if is_new else _current(requirement, today).due_on
    due_on = values.get("due_on", known)
    rule = values.get("rule", requirement.rule)
    if not is_new and (due_on, rule) == (known, requirement.rule):
        return False
    if due_on != known and due_on < today:
        raise invalid(_("Choose a due date that isn't past."), "/dueOn")
    first = requirement.last_period or 0
    try:
        found = schedule_of(rule, due_on, first_period=first)
    except RuleError as error:
        raise invalid(str(error), "/rule") from error
    requirement.first_due_on, requirement.rule = due_on, rule
    requirement.canonical_rule, requirement.ends_on = found.rule, found.ends_on
    requirement.first_period = found.first_period
    return True


def _current(requirement: Requirement, today: date) -> Period:
    return schedule_in_force(requirement).periods_until(today)[-1]


def _check(
    principal: Principal,
    requirement: Requirement,
    people: AbstractSet[int],
    *,
    before: _Audience,
    sent: AbstractSet[str],
) -> None:
    """Raises ``AppError`` for what was sent and that nobody could meet, or that is for nobody."""
    if requirement.course_id is None and not requirement.accepts_evidence:
        raise invalid(_("Choose a course, or accept evidence."), "/acceptsEvidence")
    if _AUDIENCE & sent and not (requirement.roles or requirement.class_ids or people):
        raise invalid(_("Choose the people it is for."), "")
    if (requirement.escalate_days is None) != (not requirement.escalate_roles):
        raise invalid(_("Choose both the days and the roles that are told."), "/escalateRoles")
    course_id = requirement.course_id if "course_id" in sent else None
    if course_id is not None and manages(principal, course_id) is None:
        raise not_found()
    classes = set(requirement.class_ids) - before.class_ids
    if classes and (wrong := unknown_classes(classes)):
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("This class was not found."),
            [{"path": "/classIds", "code": "unknown", "values": sorted(wrong)}],
        )
    added = people - before.people
    if people_of_roles(added, [role.value for role in policies.OBLIGED]) != added:
        raise not_found()
    if not requirement.accepts_evidence and _DECIDES & sent:
        _check_course_is_enough(requirement, people)


def _check_course_is_enough(requirement: Requirement, people: Collection[int]) -> None:
    """Only students complete courses, and each of them once."""
    others = set(requirement.roles) - set(_STUDENTS)
    if others or people_of_roles(people, _STUDENTS) != set(people):
        raise invalid(
            _("Only students complete courses: accept evidence from the others."),
            "/acceptsEvidence",
        )
    if requirement.rule:
        raise invalid(
            _("A course is completed once: accept evidence where it is due again and again."),
            "/acceptsEvidence",
        )


def _save_people(requirement: Requirement, people: Collection[int]) -> None:
    RequirementPerson.objects.bulk_create(
        RequirementPerson(requirement=requirement, person_id=key) for key in sorted(people)
    )


def _change_obligations(requirement: Requirement, *, is_moved: bool) -> None:
    """Carry title, due date and grace over to what there is; what was met keeps its dates."""
    own = Obligation.objects.filter(requirement=requirement)
    list(own.select_for_update(no_key=True).order_by("id").values_list("id", flat=True))
    own.exclude(title=requirement.title).update(title=requirement.title)
    if is_moved:
        period = _current(requirement, requirement.first_due_on)
        unmet = own.filter(met_at=None, period=period.number)
        unmet.update(starts_on=period.starts_on)
        unmet.exclude(due_on=period.due_on).update(due_on=period.due_on, reminded_days=None)
    change(_MOVE_OVERDUE, {"requirement": requirement.pk, "days": requirement.grace_days + 1})


_MOVE_OVERDUE: Final = """
UPDATE compliance_obligation SET overdue_on = due_on + %(days)s, escalated_at = NULL
 WHERE requirement_id = %(requirement)s AND met_at IS NULL AND overdue_on <> due_on + %(days)s
"""
"""Due date or grace has changed: heads are told anew where it is overdue again."""
