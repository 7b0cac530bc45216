"""Schemas of live classes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, example
from optilearn.core.http.instants import Instant, LocalOrInstant
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen, Visible
from optilearn.live.recordings.schemas import RecordingState

Title = Annotated[Visible, StringConstraints(max_length=300)]
Minutes = Annotated[int, Field(ge=5, le=720)]
Percent = Annotated[int, Field(ge=1, le=100)]
LiveClassScope = Literal["ONE", "FOLLOWING", "ALL"]
LiveClassStatus = Literal["SCHEDULED", "LIVE", "ENDED", "CANCELLED"]
AttendanceStatus = Literal["PRESENT", "PARTIAL", "ABSENT"]
_THRESHOLD: str = "The part of the class that makes a student present. Null: as the school has it."


class LiveClassIn(CamelSchema):
    """A live class, or with a rule a series of them."""

    model_config = example(
        {
            "title": "Fractions, live",
            "startsAt": "2026-12-07T10:00",
            "minutes": 45,
            "rule": "FREQ=WEEKLY;BYDAY=MO;COUNT=12",
        }
    )

    title: Title
    starts_at: LocalOrInstant = Field(description="Without a zone: by the school's clock.")
    minutes: Minutes
    lesson_id: Key | None = Field(None, description="A lesson of the course, of kind LIVE.")
    host_id: Key | None = Field(
        None, description="A teacher of the course. Null: the caller, or its first teacher."
    )
    threshold_percent: Percent | None = Field(None, description=_THRESHOLD)
    rule: Annotated[Seen, StringConstraints(max_length=500)] = Field(
        "",
        description=(
            "An RFC 5545 RRULE with COUNT or UNTIL: at most 200 classes, within a year, at the"
            " same time of the school's clock. The start must be one of its dates."
        ),
    )


class LiveClassChange(ChangeSchema):
    """Changes of a class; only what is sent is changed."""

    model_config = example({"startsAt": "2026-12-08T11:00", "scope": "FOLLOWING"})

    title: Title = ABSENT
    starts_at: LocalOrInstant = Field(
        ABSENT, description="The others of the scope move by the same time on the school's clock."
    )
    minutes: Minutes = ABSENT
    host_id: Key = ABSENT
    threshold_percent: Percent | None = Field(ABSENT, description=_THRESHOLD)
    scope: LiveClassScope = Field(
        "ONE", description="This class, or of its series also the following, or all to come."
    )


class LiveClassCancellation(CamelSchema):
    """The classes to cancel."""

    model_config = example({"scope": "ONE"})

    scope: LiveClassScope = "ONE"


class LiveClassQuery(PageQuery):
    """Filters of a course's live classes."""

    status: LiveClassStatus | None = None
    since: Instant | None = Field(None, description="Only classes that end after it.")


class LiveClassHost(CamelSchema):
    """The teacher who is announced."""

    id: int
    name: str


class LiveClassOut(CamelSchema):
    """A live class."""

    id: int
    course_id: int
    course_title: str
    lesson_id: int | None
    series_id: int | None
    rule: str | None = Field(description="Of its series, as it was scheduled.")
    title: str
    starts_at: datetime
    ends_at: datetime
    host: LiveClassHost
    status: LiveClassStatus
    started_at: datetime | None
    ended_at: datetime | None
    threshold_percent: int
    is_host: bool = Field(description="The caller is a host: a manager of the course.")
    opens_at: datetime = Field(description="When the room opens for the caller.")
    is_open: bool = Field(description="The room is open for the caller now.")
    recording_status: RecordingState = Field(description="Of its latest recording.")


class RoomEntry(CamelSchema):
    """The room and the caller's token for it. The token is the caller's own: don't share it."""

    url: str
    room: str
    token: str = Field(description="For the `jwt` option of Jitsi's IFrame API.")
    expires_at: datetime


class PresenceReport(CamelSchema):
    """A report of a client that its person came into the room or left it."""

    model_config = example(
        {
            "eventId": "5a3f1c1e-6a5e-4a39-9c67-0f4c3a1f8f10",
            "connectionId": "f2c5b1de-30ac-4c46-8f0e-0f6f3f0d2a55",
            "kind": "JOIN",
        }
    )

    event_id: UUID = Field(description="New for each report; the same if it is sent again.")
    connection_id: UUID = Field(description="Of the page or device: new each time it connects.")
    kind: Literal["JOIN", "LEAVE"]


class PersonInRoom(CamelSchema):
    """Somebody who is in the room."""

    person_id: int
    name: str
    is_host: bool
    since: datetime


class AttendanceRow(CamelSchema):
    """A student's attendance of a class, for managers."""

    enrollment_id: int
    student_id: int
    name: str
    status: AttendanceStatus
    measured: AttendanceStatus = Field(description="By the time in the room alone.")
    present_seconds: int
    class_seconds: int = Field(description="The length of the class as it was held.")
    first_at: datetime | None
    last_at: datetime | None
    corrected_by: str | None
    corrected_at: datetime | None
    reason: str


class AttendanceCorrection(CamelSchema):
    """A student's attendance, set by hand."""

    model_config = example({"status": "PRESENT", "reason": "The connection failed at home."})

    status: AttendanceStatus
    reason: Annotated[Visible, StringConstraints(max_length=500)]


class OwnAttendance(CamelSchema):
    """The caller's attendance of a class."""

    live_class_id: int
    title: str
    course_id: int
    course_title: str
    starts_at: datetime
    ends_at: datetime
    status: AttendanceStatus
    present_seconds: int
    class_seconds: int
    is_corrected: bool


class OwnAttendanceQuery(PageQuery):
    """Filters of the caller's attendance."""

    course_id: Key | None = None
