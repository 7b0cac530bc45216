"""Schemas of compliance."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, example
from optilearn.core.http.instants import Day
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen, Visible, VisibleCode

Title = Annotated[Visible, StringConstraints(max_length=200)]
Description = Annotated[Seen, StringConstraints(max_length=5_000)]
Reason = Annotated[Visible, StringConstraints(max_length=1_000)]
Note = Annotated[Seen, StringConstraints(max_length=1_000)]
Statement = Annotated[Seen, StringConstraints(max_length=5_000)]
Place = Annotated[VisibleCode, StringConstraints(max_length=64)]
RequestId = Annotated[VisibleCode, StringConstraints(max_length=100)]
Recurrence = Annotated[Seen, StringConstraints(max_length=500)]
Days = Annotated[int, Field(ge=0, le=365)]
EscalateDays = Annotated[int, Field(ge=1, le=365)]
ObligedRole = Literal[
    "ADMIN",
    "SUPER_ADMIN",
    "PRINCIPAL",
    "HOD",
    "ANALYST",
    "TEACHER",
    "ADMISSIONS",
    "FINANCE",
    "LIBRARIAN",
    "STUDENT",
]
HeadRole = Literal["ADMIN", "SUPER_ADMIN", "PRINCIPAL", "HOD"]
ObligationStatus = Literal["PENDING", "MET", "OVERDUE", "WAIVED", "WITHDRAWN"]
EvidenceStatus = Literal["SUBMITTED", "ACCEPTED", "REJECTED"]
RequirementState = Literal["ACTIVE", "ARCHIVED"]


class RequirementFields(ChangeSchema):
    """Fields that a new requirement and a change of one share."""

    title: Title = ABSENT
    description: Description = ABSENT
    course_id: Key | None = Field(ABSENT, description="Completing this course meets it.")
    accepts_evidence: bool = Field(
        ABSENT, description="What people hand in meets it, once an administrator accepts it."
    )
    roles: Annotated[list[ObligedRole], Field(max_length=20)] = ABSENT
    class_ids: Annotated[list[Place], Field(max_length=500)] = ABSENT
    person_ids: Annotated[list[Key], Field(max_length=500)] = ABSENT
    due_on: Day = Field(
        ABSENT, description="The due date, of a changed requirement that of the current period."
    )
    rule: Recurrence = Field(
        ABSENT,
        description=(
            "An RFC 5545 RRULE by which it is due again, with UNTIL or without an end; empty:"
            " once. Dates are at least a week apart, and the due date is one of them."
        ),
    )
    grace_days: Days = Field(ABSENT, description="Days after the due date until it is overdue.")
    remind_days: Annotated[list[Days], Field(max_length=10)] = Field(
        ABSENT, description="Days before the due date at which people are reminded."
    )
    escalate_days: EscalateDays | None = Field(
        ABSENT, description="Days after due date and grace at which heads are told; null: never."
    )
    escalate_roles: Annotated[list[HeadRole], Field(max_length=4)] = ABSENT


class RequirementIn(RequirementFields):
    """A new requirement, for everybody with one of the roles, in one of the classes, or named."""

    model_config = example(
        {
            "title": "Child-safety training",
            "acceptsEvidence": True,
            "roles": ["TEACHER"],
            "dueOn": "2027-06-30",
            "rule": "FREQ=YEARLY",
            "graceDays": 7,
            "remindDays": [30, 7, 1],
            "escalateDays": 14,
            "escalateRoles": ["PRINCIPAL"],
            "requestId": "5f0c3a52-requirement",
        }
    )

    title: Title
    due_on: Day
    request_id: RequestId = Field(
        ABSENT, description="The client's name of this request: sent again, it changes nothing."
    )


class RequirementChange(RequirementFields):
    """Changes of a requirement; only what is sent is changed."""

    model_config = example({"version": 1, "dueOn": "2027-07-15"})

    version: int = Field(
        ABSENT, ge=1, description="Of the requirement that was read: 409 if it has changed since."
    )


class RequirementQuery(PageQuery):
    """Filters of requirements."""

    state: RequirementState = "ACTIVE"


class ObligationCounts(CamelSchema):
    """Obligations by status; what is open isn't overdue yet."""

    met: int
    open: int
    overdue: int
    waived: int


class RequirementRow(CamelSchema):
    """A requirement of a list."""

    id: int
    title: str
    course_id: int | None
    accepts_evidence: bool
    due_on: date = Field(description="Of the current period.")
    rule: str
    archived_at: datetime | None
    counts: ObligationCounts = Field(description="Of all periods.")


class RequirementOut(RequirementRow):
    """A requirement whole."""

    description: str
    roles: list[str]
    class_ids: list[str]
    person_ids: list[int]
    grace_days: int
    remind_days: list[int]
    escalate_days: int | None
    escalate_roles: list[str]
    created_at: datetime
    version: int


class ObligationQuery(PageQuery):
    """Filters of obligations."""

    status: ObligationStatus | None = Field(None, description="Left out: all but WITHDRAWN.")
    person_id: Key | None = None
    class_id: Place | None = None
    role: ObligedRole | None = None
    period: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    has_evidence: bool = Field(default=False, description="Those with evidence to decide on.")


class ObligedPerson(CamelSchema):
    """A person who owes something."""

    id: int
    code: str
    name: str
    role: str
    class_name: str


class ObligationOut(CamelSchema):
    """The duty of a person for one period of a requirement."""

    id: int
    requirement_id: int
    title: str
    person: ObligedPerson
    period: int
    due_on: date
    overdue_on: date = Field(description="The first day on which it is overdue.")
    status: ObligationStatus
    met_at: datetime | None
    met_by: Literal["COURSE", "EVIDENCE"] | None
    waived_at: datetime | None
    waived_by: str | None
    waiver_reason: str
    evidence_waiting: int = Field(description="Evidence to decide on.")


class EvidenceOut(CamelSchema):
    """Evidence that was handed in."""

    id: int
    text: str
    file_id: int | None
    file_name: str | None
    status: EvidenceStatus
    submitted_at: datetime
    decided_at: datetime | None
    reason: str


class ManagedEvidence(EvidenceOut):
    """Evidence, for who decides on it."""

    decided_by: str | None


class ObligationDetail(ObligationOut):
    """An obligation with its evidence, the newest first."""

    evidence: list[ManagedEvidence]


class WaiverIn(CamelSchema):
    """A waiver, or its end, and the reason for it."""

    model_config = example({"reason": "On leave until the next term."})

    reason: Reason


class AcceptanceIn(CamelSchema):
    """The acceptance of evidence."""

    model_config = example({"reason": "Seen and signed."})

    reason: Note = ""


class EvidenceIn(CamelSchema):
    """Evidence: a statement, a file of the category `evidence`, or both."""

    model_config = example({"text": "I took part on 3 May.", "requestId": "0d1f-evidence"})

    text: Statement = ""
    file_id: Key | None = None
    request_id: RequestId = Field(
        description="The client's name of this request: sent again, it changes nothing."
    )


class HandedIn(CamelSchema):
    """The id of what was handed in."""

    id: int


class OwnObligationQuery(PageQuery):
    """Filters of one's own obligations."""

    open_only: bool = False


class OwnObligation(CamelSchema):
    """An obligation of the caller."""

    id: int
    requirement_id: int
    title: str
    description: str
    course_id: int | None
    accepts_evidence: bool
    due_on: date
    overdue_on: date
    status: ObligationStatus
    met_at: datetime | None
    waived_at: datetime | None
    evidence: list[EvidenceOut]
