"""Schemas of enrollments, waiting lists and bulk enrollment."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext as _
from pydantic import Field, model_validator
from typing_extensions import TypeAliasType

from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, example
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen
from optilearn.enrollment.schemas.fields import (
    CourseName,
    EnrollmentOutcome,
    EnrollmentSource,
    EnrollmentStatus,
    Moment,
    StudentOut,
    Text,
)


class RosterQuery(PageQuery):
    """Filters and orders of a course's enrollments."""

    q: Text | None = Field(None, max_length=200, description="Parts of name, code or e-mail.")
    status: EnrollmentStatus | None = Field(
        None, description="As it is now: a passed end is EXPIRED."
    )
    class_id: Text | None = Field(None, max_length=100)
    section_id: Text | None = Field(None, max_length=100)
    order: Literal[
        "name",
        "-name",
        "progress",
        "-progress",
        "lastActivity",
        "-lastActivity",
        "enrolledAt",
        "-enrolledAt",
    ] = "name"


class EnrollmentRow(CamelSchema):
    """An enrollment in a roster."""

    id: int
    student: StudentOut
    status: EnrollmentStatus
    outcome: EnrollmentOutcome | None
    source: EnrollmentSource
    progress_pct: float = Field(description="Completed of required lessons, in percent.")
    completed_lessons: int = Field(description="Of the required ones.")
    required_lessons: int
    average_score_pct: float | None = Field(
        description="Mean percent of released grades, and of submissions' scores where there is no"
        " grade; each assignment alike, unlike the course's total. Without what is excused, extra"
        " credit, archived, or doesn't count. Null: none yet."
    )
    enrolled_at: datetime | None
    expires_at: datetime | None
    completed_at: datetime | None
    withdrawn_at: datetime | None
    last_activity_at: datetime | None


class EnrollmentOut(EnrollmentRow):
    """An enrollment whole."""

    course: CourseName
    withdrawal_reason: str
    attributes: dict[str, Any]


class EnrollIn(CamelSchema):
    """Students to enroll, all or none."""

    student_ids: list[Key] = Field(min_length=1, max_length=500, examples=[[101, 102]])
    expires_at: Moment | None = Field(None, description="Default: by the course's access days.")


class Placed(CamelSchema):
    """A new enrollment."""

    id: int
    student_id: int


class EnrollmentChange(ChangeSchema):
    """The fields of an enrollment that can be set by hand; only what is sent is changed."""

    model_config = example({"expiresAt": "2027-03-31T18:30:00Z"})

    expires_at: Moment | None = Field(ABSENT, description="Null: without end.")
    outcome: EnrollmentOutcome | None = ABSENT
    status: Literal["ENDED"] = ABSENT


class WithdrawIn(CamelSchema):
    """The reason for a withdrawal."""

    model_config = example({"reason": "He changed the school."})

    reason: Seen = Field("", max_length=500)


class BulkIn(CamelSchema):
    """A pasted list or a CSV file of students. Nothing happens unless ``apply``."""

    text: str | None = Field(
        None,
        max_length=5_000_000,
        description="Codes, OptiCRM ids or e-mails; lines, commas, tabs or semicolons between.",
        examples=["S-104, S-105\nlena@example.org"],
    )
    csv: str | None = Field(
        None,
        max_length=5_000_000,
        description="With a header: one of id, code, email; optional expiresAt, outcome.",
        examples=["code,expiresAt\nS-104,2027-03-31\n"],
    )
    apply: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> BulkIn:
        if (self.text is None) == (self.csv is None):
            raise ValueError(_("Send text or csv, one of the two."))
        return self


LineOutcome = TypeAliasType(
    "LineOutcome",
    Literal[
        "ENROLL",
        "REENROLL",
        "CHANGE",
        "ALREADY",
        "DUPLICATE",
        "UNKNOWN",
        "AMBIGUOUS",
        "NOT_STUDENT",
        "INACTIVE",
        "INVALID",
        "FULL",
    ],
)


class BulkLine(CamelSchema):
    """The outcome of one line."""

    line: int
    input: str
    person_id: int | None
    name: str | None
    outcome: LineOutcome
    message: str


class BulkSummary(CamelSchema):
    """The number of lines for each outcome."""

    lines: int
    enroll: int
    reenroll: int = Field(description="Were enrolled before, and come back.")
    change: int = Field(description="Are enrolled; the line has another end or outcome.")
    already: int
    duplicate: int
    unknown: int
    ambiguous: int
    not_student: int
    inactive: int
    invalid: int
    full: int
    rejected: int


class BulkOut(CamelSchema):
    """The outcome of a list: planned, or done if ``applied``."""

    applied: bool
    summary: BulkSummary
    rows: list[BulkLine]
    rejected_csv: str | None = Field(
        description="The rejected rows with their reasons: correct it and send it as `csv`."
    )


class WaitingRow(CamelSchema):
    """Somebody who waits for a seat."""

    id: int
    position: int
    student: StudentOut
    joined_at: datetime


class OwnWaiting(CamelSchema):
    """The caller's place in the waiting list."""

    status: Literal["WAITING", "ENROLLED", "LEFT"]
    position: int | None = Field(description="1 is the next; null unless WAITING.")
    joined_at: datetime
    settled_at: datetime | None


class WaitingOrder(CamelSchema):
    """Everybody who waits, in the wanted order."""

    model_config = example({"entryIds": [31, 29, 30]})

    entry_ids: list[Key] = Field(max_length=10_000)
