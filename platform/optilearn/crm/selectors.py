"""Reads that OptiCRM answers, and those of the copy of its classes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from optilearn.core.access.policies import STAFF, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.crm.client import opticrm
from optilearn.crm.endpoints import CHILDREN, FEE_STATUS
from optilearn.crm.errors import CrmError, CrmNotFound
from optilearn.crm.models import SchoolClass, Section
from optilearn.crm.refreshing import listed_student
from optilearn.crm.tenants import require_known, tenant_in_force
from optilearn.crm.wire import FeeStatus, Seat, Student
from optilearn.people.directory import (
    admit_people,
    known_person,
    person_ids,
    places_in_use,
)

PARENTS = frozenset({Role.PARENT})
_STUDENT = "STUDENT"


@dataclass(frozen=True)
class Child:
    """A parent's child, with our id of the person."""

    person_id: int
    crm_id: str
    name: str
    class_id: str
    class_name: str
    section_id: str
    section_name: str

    def to_wire(self) -> dict[str, Any]:
        """Return the fields for the API."""
        return {
            "personId": self.person_id,
            "name": self.name,
            "classId": self.class_id,
            "className": self.class_name,
            "sectionId": self.section_id,
            "sectionName": self.section_name,
        }


def fee_status(student_crm_id: str) -> FeeStatus | None:
    """Ask OptiCRM for the state of a student's fees; None if it doesn't answer.

    Callers let the student pass then: a school's computer that is down locks nobody out.
    """
    try:
        return opticrm().read(tenant_in_force(), FEE_STATUS, student_crm_id).status
    except CrmError:
        return None


def children_of(principal: Principal) -> list[Child]:
    """The parent's children, asked of OptiCRM on each call; the graph is never kept.

    Children whom we don't know yet are admitted. Raises ``AppError``: FORBIDDEN for others than
    parents, SERVICE_UNAVAILABLE if OptiCRM doesn't answer: that is never an empty list.
    """
    require(principal, PARENTS)
    try:
        listed = _children_from_opticrm(principal.person_id)
    except CrmError as error:
        raise AppError(
            ErrorCode.SERVICE_UNAVAILABLE,
            _("Your children can't be looked up now. Please try again in a few minutes."),
        ) from error
    admit_people(_STUDENT, [listed_student(found, found.current_enrolment) for found in listed])
    ids = person_ids(_STUDENT, [found.id for found in listed])
    return [_child(ids[found.id], found) for found in listed if found.id in ids]


def child_of(principal: Principal, child_id: int) -> Child:
    """One of the parent's children by our id. Raises ``AppError`` NOT_FOUND for another's."""
    for child in children_of(principal):
        if child.person_id == child_id:
            return child
    raise not_found()


def child_person_ids(principal: Principal) -> tuple[int, ...]:
    """Return the ids of a parent's children, ascending. Raises as :func:`children_of`."""
    return tuple(sorted(child.person_id for child in children_of(principal)))


def school_classes(principal: Principal) -> list[dict[str, Any]]:
    """The classes with their sections, in the school's order. For staff."""
    require(principal, STAFF)
    sections: dict[int, list[dict[str, Any]]] = {}
    rows = Section.objects.order_by("position", "id")
    for class_id, crm_id, name in rows.values_list("school_class_id", "crm_id", "name"):
        sections.setdefault(class_id, []).append({"id": crm_id, "name": name})
    classes = SchoolClass.objects.order_by("position", "id").values_list("id", "crm_id", "name")
    return [
        {"id": crm_id, "name": name, "sections": sections.get(own, [])}
        for own, crm_id, name in classes
    ]


def unknown_classes(ids: Collection[str]) -> set[str]:
    """Those of OptiCRM's ids that are no class of the school, today or of anybody's copy."""
    unknown = set(ids) - set(
        SchoolClass.objects.filter(crm_id__in=ids).values_list("crm_id", flat=True)
    )
    return unknown - places_in_use("class_id", unknown)


def unknown_sections(ids: Collection[str]) -> set[str]:
    """Those of OptiCRM's ids that are no section of the school, today or of anybody's copy."""
    unknown = set(ids) - set(
        Section.objects.filter(crm_id__in=ids).values_list("crm_id", flat=True)
    )
    return unknown - places_in_use("section_id", unknown)


def children_of_parent(parent_id: int) -> tuple[int, ...]:
    """Our ids of a parent's children whom we know, asked of OptiCRM; nobody's for who is no parent.

    For the product's own decisions about another person than the caller: the answer is nobody's
    to see. Raises ``AppError`` SERVICE_UNAVAILABLE if OptiCRM doesn't answer.
    """
    parent = known_person(parent_id)
    if parent is None or parent.role != Role.PARENT:
        return ()
    try:
        listed = _children_from_opticrm(parent_id)
    except CrmError as error:
        raise AppError(
            ErrorCode.SERVICE_UNAVAILABLE,
            _("Parents can't be looked up now. Please try again in a few minutes."),
        ) from error
    return tuple(sorted(person_ids(_STUDENT, [found.id for found in listed]).values()))


def _children_from_opticrm(person_id: int) -> list[Student]:
    person = known_person(person_id)
    if person is None:
        return []
    tenant = tenant_in_force()
    try:
        listed = opticrm().read(tenant, CHILDREN, person.crm_id)
    except CrmNotFound:
        require_known(tenant)
        return []
    return list({found.id: found for found in listed}.values())


def _child(person_id: int, found: Student) -> Child:
    seat = found.current_enrolment or _NOWHERE
    return Child(
        person_id=person_id,
        crm_id=found.id,
        name=found.name,
        class_id=seat.class_id,
        class_name=seat.class_name,
        section_id=seat.section_id,
        section_name=seat.section_name,
    )


_NOWHERE = Seat("", "")
