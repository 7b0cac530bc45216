"""Fields that several schemas of this app share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, AwareDatetime, StringConstraints
from typing_extensions import TypeAliasType

from optilearn.core.http.envelope import CamelSchema

EnrollmentStatus = TypeAliasType(
    "EnrollmentStatus", Literal["ACTIVE", "COMPLETED", "WITHDRAWN", "EXPIRED", "ENDED"]
)
EnrollmentOutcome = TypeAliasType(
    "EnrollmentOutcome", Literal["PASS", "DISTINCTION", "FAIL", "WITHDRAWN"]
)
EnrollmentSource = TypeAliasType(
    "EnrollmentSource", Literal["SELF", "MANUAL", "BULK", "PATH", "IMPORT"]
)


def _of_our_times(moment: datetime) -> datetime:
    if not 2000 <= moment.year < 2200:
        raise ValueError(_("The year must be between 2000 and 2199."))
    return moment.astimezone(UTC)


Text = Annotated[str, StringConstraints(strip_whitespace=True)]
Moment = Annotated[AwareDatetime, AfterValidator(_of_our_times)]


class StudentOut(CamelSchema):
    """A student in a list."""

    id: int
    code: str
    name: str
    class_name: str
    section_name: str


class CourseName(CamelSchema):
    """A course by its id and title."""

    id: int
    title: str
