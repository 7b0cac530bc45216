"""Refreshing the copy of a whole institution: classes, sections, and who sits in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from optilearn.core.audit import record
from optilearn.core.clock import now
from optilearn.core.locking import lock_name
from optilearn.core.tenancy.context import require_institution_id
from optilearn.crm.client import Tenant, opticrm
from optilearn.crm.endpoints import CLASSES, ROSTER, STUDENT
from optilearn.crm.errors import CrmAnswerError, CrmError, CrmNotFound
from optilearn.crm.models import DirectoryState, SchoolClass, Section
from optilearn.crm.refreshing import listed_student, refresh_stale
from optilearn.crm.tenants import tenant_in_force
from optilearn.crm.wire import SchoolClass as ListedClass
from optilearn.crm.wire import Seat
from optilearn.people.directory import Listed, active_people, deactivate, upsert_people

MAX_LOST: Final = 0.5
"""A roster that lost a larger share of the active students is not believed."""
FROM_STUDENTS: Final = 20
"""Of fewer than so many students any share may leave."""
MAX_REQUESTED: Final = 50
"""So many who are on no roster are asked for one by one: they may just be changing sections."""

_STUDENT: Final = "STUDENT"


@dataclass(frozen=True)
class DirectoryReport:
    """The result of a refresh. With a ``problem`` the roster stayed as it was."""

    students: int = 0
    changed: int = 0
    """People whose copies are new or differ."""
    deactivated: int = 0
    refreshed_at: datetime | None = None
    """The time of the last complete roster."""
    problem: str = ""


@dataclass(frozen=True)
class _Roster:
    classes: list[ListedClass]
    students: dict[str, Listed]


def refresh_directory(*, accept_drop: bool = False) -> DirectoryReport:
    """Take over OptiCRM's classes, sections and students, then some stale staff and parents.

    All of it or nothing: if a single section can't be read, or the roster isn't believable
    (empty, or without half of the students, unless ``accept_drop``), the last good one stays
    and the report says why. Whoever is on no section's roster becomes INACTIVE; nobody is
    deleted. Running it again changes nothing more.
    """
    tenant = tenant_in_force()
    try:
        roster = _read(tenant)
        missing = _missing(tenant, roster, accept_drop=accept_drop)
    except CrmError as error:
        return _unchanged(str(error))
    report = _take_over(roster, missing)
    refresh_stale()
    return report


def _read(tenant: Tenant) -> _Roster:
    classes = opticrm().read(tenant, CLASSES, fresh=True)
    sections = [section.id for found in classes for section in found.sections]
    if len(set(sections)) != len(sections) or len({c.id for c in classes}) != len(classes):
        raise CrmAnswerError(CLASSES.name, "a class or section stands there twice")
    students: dict[str, Listed] = {}
    for found in classes:
        for section in found.sections:
            seat = Seat(found.id, section.id, found.name, section.name)
            try:
                listed = opticrm().read(tenant, ROSTER, section.id, fresh=True)
            except CrmNotFound as error:
                raise CrmAnswerError(ROSTER.name, "a section of the list is not there") from error
            students |= {s.id: listed_student(s, seat) for s in listed}
    if not students:
        raise CrmAnswerError(ROSTER.name, "no section has any student")
    return _Roster(classes, students)


def _missing(tenant: Tenant, roster: _Roster, *, accept_drop: bool) -> list[int]:
    """Our ids of the active students who are on no roster, once that is believable.

    Those who are in a section after all join the roster.
    """
    active = active_people(_STUDENT)
    missing = {crm_id: own for crm_id, own in active.items() if crm_id not in roster.students}
    is_many = len(active) >= FROM_STUDENTS and len(missing) > MAX_LOST * len(active)
    if is_many and not accept_drop:
        raise CrmAnswerError(
            ROSTER.name, f"{len(missing)} of {len(active)} active students are not on it"
        )
    if len(missing) > MAX_REQUESTED:
        return sorted(missing.values())
    gone = []
    for crm_id, own in missing.items():
        try:
            found = opticrm().read(tenant, STUDENT, crm_id, fresh=True)
        except CrmNotFound:
            gone.append(own)
        else:
            roster.students[crm_id] = listed_student(found, found.current_enrolment)
    return sorted(gone)


@transaction.atomic
def _take_over(roster: _Roster, missing: list[int]) -> DirectoryReport:
    # One at a time: two that interleave could each undo half of the other.
    lock_name("directory", require_institution_id())
    _write_classes(roster.classes)
    changed = upsert_people(_STUDENT, roster.students.values())
    gone = deactivate(missing)
    moment = now()
    DirectoryState.objects.update_or_create(
        institution_id=require_institution_id(),
        defaults={"refreshed_at": moment, "attempted_at": moment, "problem": ""},
    )
    report = DirectoryReport(len(roster.students), changed, gone, moment)
    if changed or gone:
        record(action="directory.refresh", details={"changed": changed, "deactivated": gone})
    return report


def _unchanged(problem: str) -> DirectoryReport:
    state, _ = DirectoryState.objects.update_or_create(
        institution_id=require_institution_id(),
        defaults={"attempted_at": now(), "problem": problem},
    )
    return DirectoryReport(refreshed_at=state.refreshed_at, problem=problem)


def _write_classes(listed: list[ListedClass]) -> None:
    """The classes and sections of the list, and no others."""
    SchoolClass.objects.exclude(crm_id__in=[found.id for found in listed]).delete()
    sections = [section.id for found in listed for section in found.sections]
    Section.objects.exclude(crm_id__in=sections).delete()
    before = {row.crm_id: row for row in SchoolClass.objects.all()}
    for position, found in enumerate(listed):
        row = before.get(found.id) or SchoolClass(crm_id=found.id)
        _write(row, name=found.name, position=position)
        before[found.id] = row
    known = {row.crm_id: row for row in Section.objects.all()}
    for found in listed:
        for position, part in enumerate(found.sections):
            section = known.get(part.id) or Section(crm_id=part.id)
            own = {"name": part.name, "position": position}
            _write(section, school_class_id=before[found.id].pk, **own)


def _write(row: SchoolClass | Section, **values: object) -> None:
    """Save what differs: an unchanged row is no news for the next snapshot."""
    if row.pk is None or any(getattr(row, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
