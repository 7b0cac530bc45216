"""Schemas of activity events."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field
from typing_extensions import TypeAliasType

from optilearn.core.errors import ErrorCode
from optilearn.core.http.envelope import CamelSchema, example
from optilearn.core.http.keys import Key

MAX_EVENTS = 500


EventKind = TypeAliasType(
    "EventKind", Literal["VIEW", "PLAY", "DOWNLOAD", "POST", "ANSWER", "OTHER"]
)


class EventIn(CamelSchema):
    """A student used something of a course."""

    id: UUID = Field(
        description=(
            "The sender's own, by which a repetition is known. UUIDs that grow with time"
            " (version 7) are written fastest."
        )
    )
    kind: EventKind
    course_id: Key
    lesson_id: Key | None = None
    occurred_at: AwareDatetime = Field(description="By the device's clock, with its zone.")
    clicks: int = Field(1, ge=0, le=10_000)
    seconds: int | None = Field(None, ge=0, le=86_400)


class EventsIn(CamelSchema):
    """Events of the signed-in person, as they piled up on a page or a device."""

    model_config = example(
        {
            "sentAt": "2026-04-13T04:00:05Z",
            "events": [
                {
                    "id": "0196f3a2-7c1e-7b3a-9d55-3f0c8a1e2b47",
                    "kind": "PLAY",
                    "courseId": 3,
                    "lessonId": 9,
                    "occurredAt": "2026-04-13T09:29:41+05:30",
                    "seconds": 610,
                }
            ],
        }
    )

    events: list[EventIn] = Field(min_length=1, max_length=MAX_EVENTS)
    sent_at: AwareDatetime | None = Field(
        None,
        description=(
            "The device's time of sending. Its distance from the server's corrects every"
            " event; nothing is moved into the future."
        ),
    )


class RejectedEvent(CamelSchema):
    """An event that doesn't count. Sending it again won't help."""

    id: UUID
    code: ErrorCode
    message: str


class EventsOut(CamelSchema):
    """The result for the events; the numbers add up to those that were sent."""

    accepted: int
    duplicates: int = Field(description="Written before, or twice in this call.")
    rejected: list[RejectedEvent]
