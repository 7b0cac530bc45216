"""Refreshing the copies of single people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.db import transaction

from optilearn.core.access.roles import Role
from optilearn.core.audit import record
from optilearn.core.text import code_of
from optilearn.crm.client import Tenant, opticrm
from optilearn.crm.endpoints import ATTENDANCE, CONTACT, STUDENT, USER
from optilearn.crm.errors import CrmDown, CrmError, CrmNotFound
from optilearn.crm.tenants import require_known, tenant_in_force
from optilearn.crm.wire import ACTIVE, Seat, Student
from optilearn.people.directory import (
    Known,
    Listed,
    deactivate,
    known_person,
    stale_people,
    upsert_people,
)

OTHERS_AT_ONCE: Final = 25
"""Staff and parents stand on no roster; so many of them are asked for one by one each time."""
_INACTIVE: Final = "INACTIVE"


def refresh_person(*, person_id: int) -> bool:
    """Take over what OptiCRM says of a person now; whether the copy changed.

    One who is gone there becomes INACTIVE. Raises ``CrmError`` (the copy stays as it is). Of
    somebody who isn't here, or was erased, nothing is asked.
    """
    person = known_person(person_id)
    return person is not None and _refresh(tenant_in_force(), person)


def refresh_stale() -> int:
    """Refresh some of the staff and parents whose copies are older than a day; how many.

    Ends early, and quietly, when OptiCRM is down; the next time goes on.
    """
    tenant, done = tenant_in_force(), 0
    for person in stale_people(("USER", "PARENT"), OTHERS_AT_ONCE):
        try:
            _refresh(tenant, person)
        except CrmDown:
            break
        except CrmError:
            continue  # logged by the client; the others may well be there
        done += 1
    return done


def forget_person(*, kind: str, crm_id: str) -> None:
    """Drop what is kept of OptiCRM's answers about a person; the rosters go by themselves."""
    tenant = tenant_in_force()
    ours = {"USER": (USER,), "STUDENT": (STUDENT, CONTACT, ATTENDANCE), "PARENT": (CONTACT,)}
    for endpoint in ours[kind]:
        opticrm().invalidate(tenant, endpoint, crm_id)


def listed_student(found: Student, seat: Seat | None) -> Listed:
    """A student's copy; one who sits in no section has left."""
    is_active = found.status == ACTIVE and seat is not None
    return Listed(
        crm_id=found.id,
        role=Role.STUDENT.value,
        name=found.name,
        code=code_of(found.admission_number or ""),
        email=found.email or "",
        class_id=seat.class_id if seat else "",
        class_name=seat.class_name if seat else "",
        section_id=seat.section_id if seat else "",
        section_name=seat.section_name if seat else "",
        status=ACTIVE if is_active else _INACTIVE,
    )


def _refresh(tenant: Tenant, person: Known) -> bool:
    try:
        listed = _READERS[person.kind](tenant, person)
    except CrmNotFound:
        require_known(tenant)
        listed = None
    with transaction.atomic():
        if listed is None:
            changed = bool(deactivate([person.id]))
        else:
            changed = bool(upsert_people(person.kind, [listed]))
        _audit(person, listed)
    return changed


def _student(tenant: Tenant, person: Known) -> Listed:
    found = opticrm().read(tenant, STUDENT, person.crm_id, fresh=True)
    return listed_student(found, found.current_enrolment)


def _parent(tenant: Tenant, person: Known) -> Listed:
    found = opticrm().read(tenant, CONTACT, person.crm_id, fresh=True)
    status = ACTIVE if found.status == ACTIVE else _INACTIVE
    return Listed(found.id, Role.PARENT.value, found.name, email=found.email or "", status=status)


def _user(tenant: Tenant, person: Known) -> Listed:
    found = opticrm().read(tenant, USER, person.crm_id, fresh=True)
    # A role that we don't know opens nothing here; the last one must not stay in force.
    is_role = found.role in {role.value for role in Role if role.is_staff}
    status = ACTIVE if found.status == ACTIVE and is_role else _INACTIVE
    role = found.role if is_role else person.role
    return Listed(found.id, role, found.name, email=found.email or "", status=status)


_READERS: Final[dict[str, Callable[[Tenant, Known], Listed]]] = {
    "STUDENT": _student,
    "PARENT": _parent,
    "USER": _user,
}


def _audit(person: Known, listed: Listed | None) -> None:
    """Audit changes of a person's role or state."""
    role = listed.role if listed else person.role
    status = listed.status if listed else _INACTIVE
    if (role, status) != (person.role, person.status):
        record(
            action="person.refresh",
            target=f"person:{person.id}",
            details={"role": [person.role, role], "status": [person.status, status]},
        )
