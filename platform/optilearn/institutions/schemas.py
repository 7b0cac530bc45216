"""Schemas of the institution's API."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, model_validator

from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, example
from optilearn.core.text import Seen, Visible


class FeeGateOut(CamelSchema):
    """The rule that overdue fees close lessons, and the message that students see."""

    enabled: bool
    message: Annotated[Seen, StringConstraints(max_length=1000)]


class QuotasOut(CamelSchema):
    """Limits in bytes of the files of the school and of one of its people.

    A file counts from its announcement until it is removed.
    """

    school_bytes: int
    staff_bytes: int = Field(description="Of each of the staff.")
    learner_bytes: int = Field(description="Of each student and parent.")


MaxBytes = Annotated[int, Field(ge=0, le=2**53)]


class QuotasChange(ChangeSchema):
    """Other quotas; only what is sent is changed. Null: the operator's."""

    school_bytes: MaxBytes | None = Field(
        ABSENT, description="At most what the operator gives a school."
    )
    staff_bytes: MaxBytes | None = ABSENT
    learner_bytes: MaxBytes | None = ABSENT


class TermOut(CamelSchema):
    """A term; `endsOn` is its last day."""

    id: int
    code: str
    name: str
    starts_on: date
    ends_on: date


class TermBody(CamelSchema):
    """A term as it is to be. Its code tells which one it is, and stays."""

    model_config = example(
        {
            "code": "2027A",
            "name": "First term 2027-28",
            "startsOn": "2027-04-05",
            "endsOn": "2027-07-09",
        }
    )

    code: Annotated[Visible, StringConstraints(max_length=50)]
    name: Annotated[Seen, StringConstraints(max_length=200)]
    starts_on: date
    ends_on: date

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.ends_on < self.starts_on:
            message = _("“%(name)s” can't end before it begins.")
            raise ValueError(message % {"name": self.name or self.code})
        return self


class HolidayBody(CamelSchema):
    """Days without school; `endsOn` is the last one."""

    model_config = example({"name": "Diwali", "startsOn": "2026-11-07", "endsOn": "2026-11-14"})

    name: Annotated[Seen, StringConstraints(max_length=200)]
    starts_on: date
    ends_on: date

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError(_("The last day can't be before the first one."))
        return self


class InstitutionOut(CamelSchema):
    """The reader's institution."""

    slug: str
    name: str
    time_zone: str
    locale: str
    first_weekday: int = Field(description="ISO: 1 is Monday.")
    min_group_size: int = Field(description="Numbers about fewer people are suppressed.")
    perturbs_numbers: bool = Field(
        description="Whether teachers' reports about people have a little noise."
    )
    fee_gate: FeeGateOut
    quotas: QuotasOut
    attendance_percent: int = Field(
        description="The part of a live class that makes a student present."
    )
    terms: list[TermOut]
    holidays: list[HolidayBody]


class InstitutionChange(ChangeSchema):
    """Settings that an administrator can change; only what is sent is changed."""

    model_config = example(
        {
            "timeZone": "Asia/Kolkata",
            "feeGate": {"enabled": True, "message": "Please settle the fees at the office."},
        }
    )

    time_zone: Annotated[str, StringConstraints(max_length=64)] = Field(
        ABSENT, description="An IANA name."
    )
    locale: Literal["en", "hi"] = ABSENT
    first_weekday: Annotated[int, Field(ge=1, le=7)] = ABSENT
    min_group_size: Annotated[int, Field(ge=0, le=100)] = ABSENT
    perturbs_numbers: bool = Field(ABSENT, description="Needs a `minGroupSize` of 5 or more.")
    fee_gate: FeeGateOut | None = Field(ABSENT, description="Null: stays as it is.")
    quotas: QuotasChange | None = Field(ABSENT, description="Null: stay as they are.")
    attendance_percent: Annotated[int, Field(ge=1, le=100)] = Field(
        ABSENT, description="The part of a live class that makes a student present."
    )
    terms: list[TermBody] | None = Field(
        ABSENT,
        max_length=200,
        description=(
            "All of them: a known code is changed, a new one added, one that is left out deleted."
            " They may not overlap; 409 for one that is left out while courses are in it."
        ),
    )
    holidays: list[HolidayBody] | None = Field(
        ABSENT, max_length=500, description="All of them, in place of those there were."
    )
