"""Roles of people, and how far their reports reach (docs/rules.md#roles)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """The role of a person in the institution."""

    ADMIN = "ADMIN"
    SUPER_ADMIN = "SUPER_ADMIN"
    PRINCIPAL = "PRINCIPAL"
    HOD = "HOD"
    ANALYST = "ANALYST"
    TEACHER = "TEACHER"
    ADMISSIONS = "ADMISSIONS"
    FINANCE = "FINANCE"
    LIBRARIAN = "LIBRARIAN"
    STUDENT = "STUDENT"
    PARENT = "PARENT"

    @property
    def is_staff(self) -> bool:
        """True for Users of OptiCRM; students and parents are its Contacts."""
        return self not in {Role.STUDENT, Role.PARENT}


INSTITUTION_WIDE: Final = frozenset(
    {
        Role.ADMIN,
        Role.SUPER_ADMIN,
        Role.PRINCIPAL,
        Role.HOD,
        Role.ANALYST,
        Role.ADMISSIONS,
        Role.FINANCE,
        Role.LIBRARIAN,
    }
)
"""Roles whose reports cover the whole institution."""

SEES_SQL: Final = frozenset({Role.ADMIN, Role.SUPER_ADMIN, Role.ANALYST})
"""Roles that an explanation shows SQL and parameters to."""
