"""Answers of OptiCRM's endpoints. Fields that we don't use may come and go."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

Text = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]
"""PostgreSQL keeps no NUL, and nobody's name is longer."""
Key = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]

ACTIVE: Final = "ACTIVE"


class FeeStatus(StrEnum):
    """The state of a student's fees."""

    CLEAR = "CLEAR"
    PARTIAL = "PARTIAL"
    OVERDUE = "OVERDUE"


class Wire(Struct, frozen=True, rename="camel"):
    """Part of an answer."""


class Seat(Wire, frozen=True):
    """The class and section of a student."""

    class_id: Key
    section_id: Key
    class_name: Text = ""
    section_name: Text = ""


class Contact(Wire, frozen=True):
    """A student or a parent, in short."""

    id: Key
    name: Text
    email: Text | None = None
    status: Text = ACTIVE
    contact_type: Text = ""


class Student(Wire, frozen=True):
    """A student; without ``current_enrolment`` one who has left."""

    id: Key
    name: Text
    email: Text | None = None
    status: Text = ACTIVE
    admission_number: Text | None = None
    current_enrolment: Seat | None = None


class User(Wire, frozen=True):
    """A member of the staff."""

    id: Key
    name: Text
    role: Text
    email: Text | None = None
    status: Text = ACTIVE


class Section(Wire, frozen=True):
    """A section of a class."""

    id: Key
    name: Text


class SchoolClass(Wire, frozen=True):
    """A class with its sections."""

    id: Key
    name: Text
    sections: list[Section] = []


class Fees(Wire, frozen=True):
    """A student's fee status."""

    student_id: Key
    status: FeeStatus


class Day(Wire, frozen=True):
    """A student's day at school; ``date`` is ISO's."""

    date: Text
    status: Text


class Attendance(Wire, frozen=True):
    """A student's days at school."""

    student_id: Key
    days: list[Day] = []


class PushReceipt(Wire, frozen=True):
    """A completion has arrived, now or the last time it was sent."""

    accepted: bool
    duplicate: bool = False


class Completion(Wire, frozen=True):
    """A completed course, as it is pushed."""

    student_id: str
    enrollment_id: str
    course_id: str
    course_code: str
    course_title: str
    completed_at: str
