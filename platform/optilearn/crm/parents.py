"""A student's parents, asked of OptiCRM each time: who is whose parent is never kept."""

from __future__ import annotations

from typing import Final

from optilearn.core.access.roles import Role
from optilearn.crm.client import opticrm
from optilearn.crm.endpoints import PARENTS
from optilearn.crm.errors import CrmNotFound
from optilearn.crm.tenants import require_known, tenant_in_force
from optilearn.crm.wire import ACTIVE, Contact
from optilearn.people.directory import Listed, admit_people, known_person, person_ids

_PARENT: Final = "PARENT"
_STUDENT: Final = "STUDENT"


def parents_of(student_id: int) -> list[int]:
    """Our ids of a student's parents, in OptiCRM's order. Parents new to us are admitted.

    Nobody's for who is no student here, was erased, or isn't known there. Raises ``CrmError``
    if OptiCRM doesn't say: that is never an empty list.
    """
    student = known_person(student_id)
    if student is None or student.kind != _STUDENT:
        return []
    tenant = tenant_in_force()
    try:
        listed = opticrm().read(tenant, PARENTS, student.crm_id)
    except CrmNotFound:
        require_known(tenant)
        return []
    admit_people(_PARENT, [_listed(found) for found in listed])
    ids = person_ids(_PARENT, [found.id for found in listed])
    return list(dict.fromkeys(ids[found.id] for found in listed if found.id in ids))


def _listed(found: Contact) -> Listed:
    status = ACTIVE if found.status == ACTIVE else "INACTIVE"
    return Listed(found.id, Role.PARENT.value, found.name, email=found.email or "", status=status)
