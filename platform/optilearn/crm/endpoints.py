"""Endpoints of OptiCRM (docs/rules.md#opticrm): path, type, and the cache rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

from optilearn.crm.errors import CrmNotFound
from optilearn.crm.wire import (
    Attendance,
    Contact,
    Fees,
    SchoolClass,
    Student,
    User,
)

T = TypeVar("T")

MAX_KEY: Final = 200
COMPLETION: Final = "completion"
COMPLETION_PATH: Final = "/api/lms/completion"


@dataclass(frozen=True)
class Endpoint(Generic[T]):
    """One read. ``subject`` gives whom an answer is about: it must be who was asked for."""

    name: str
    path: str
    type: Any
    """The type that ``msgspec`` converts to: ``T``, available at run time."""
    is_cached: bool = True
    subject: Callable[[T], str] | None = None

    def path_of(self, key: str) -> str:
        """The path for an id. Raises ``CrmNotFound`` for what can be nobody's id."""
        if "{}" not in self.path:
            return self.path
        # Dots alone are steps through a path, quoted or not.
        if not key or len(key) > MAX_KEY or not key.strip("."):
            raise CrmNotFound(self.name, "that is no id")
        return self.path.format(quote(key, safe=""))


CONTACT: Final[Endpoint[Contact]] = Endpoint(
    "contact", "/api/lms/contact/{}", Contact, subject=lambda found: found.id
)
STUDENT: Final[Endpoint[Student]] = Endpoint(
    "student", "/api/lms/student/{}", Student, subject=lambda found: found.id
)
PARENTS: Final[Endpoint[list[Contact]]] = Endpoint(
    "parents", "/api/lms/student/{}/parents", list[Contact], is_cached=False
)
USER: Final[Endpoint[User]] = Endpoint(
    "user", "/api/lms/user/{}", User, subject=lambda found: found.id
)
CLASSES: Final[Endpoint[list[SchoolClass]]] = Endpoint(
    "classes", "/api/lms/classes", list[SchoolClass]
)
ROSTER: Final[Endpoint[list[Student]]] = Endpoint(
    "roster", "/api/lms/sections/{}/students", list[Student]
)
FEE_STATUS: Final[Endpoint[Fees]] = Endpoint(
    "feeStatus",
    "/api/lms/students/{}/fee-status",
    Fees,
    is_cached=False,
    subject=lambda found: found.student_id,
)
ATTENDANCE: Final[Endpoint[Attendance]] = Endpoint(
    "attendance",
    "/api/lms/students/{}/attendance",
    Attendance,
    subject=lambda found: found.student_id,
)
CHILDREN: Final[Endpoint[list[Student]]] = Endpoint(
    "children", "/api/lms/parent/{}/children", list[Student], is_cached=False
)
