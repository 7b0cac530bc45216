"""Facts about people that other apps' statements need: each as SQL and as Python."""

from __future__ import annotations

from typing import Final

from optilearn.core.sql import Relation, quoted
from optilearn.people.directory import ERASED
from optilearn.people.models import Person

PEOPLE: Final = Relation("people_person")
"""Names, places in the school, addresses and preferences of people."""


def active(person: str = "p") -> str:
    """The person belongs to the school today."""
    return f"{person}.status = {quoted(Person.Status.ACTIVE)}"


def is_active(status: str) -> bool:
    """Return True if a person of that status belongs to the school today."""
    return status == Person.Status.ACTIVE


def erased(person: str = "p") -> str:
    """The person was erased: the row is nobody's."""
    return f"left({person}.crm_id, {len(ERASED)}) = '{ERASED}'"


def is_erased(crm_id: str) -> bool:
    """Return True if the row of that OptiCRM id is of a person who was erased."""
    return crm_id.startswith(ERASED)


def active_student(person: str = "p") -> str:
    """The person is a student who belongs to the school today."""
    return f"{person}.kind = {quoted(Person.Kind.STUDENT)} AND {active(person)}"


def is_active_student(kind: str, status: str) -> bool:
    """Return True if a person of that kind and status is a current student."""
    return kind == Person.Kind.STUDENT and is_active(status)
