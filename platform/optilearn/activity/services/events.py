"""Taking events from pages and apps.

Nothing is audited here: events are themselves the record of what somebody did.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from optilearn.activity.models import ActivityEvent
from optilearn.activity.services.recording import Event, Recorded, record_events
from optilearn.activity.services.skew import corrected, shift_of
from optilearn.core import clock
from optilearn.core.access.policies import refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.errors import ErrorCode

KINDS: Final = {kind.name: int(kind) for kind in ActivityEvent.Kind}


class Sent(NamedTuple):
    """An event as a device reports it, by its own clock."""

    client_id: UUID
    kind: str
    course_id: int
    lesson_id: int | None
    occurred_at: datetime
    clicks: int = 1
    seconds: int | None = None


def receive_events(
    *, principal: Principal, events: Sequence[Sent], sent_at: datetime | None = None
) -> dict[str, Any]:
    """Write what a device sends of its person's activity, once however often it is sent.

    One statement, so that it is done or not without a transaction around it.

    ``sent_at`` is the device's time of sending: how far it is from ours corrects the time of
    every event. Raises ``AppError`` FORBIDDEN for who acts as somebody else: what they do isn't
    that person's activity.
    """
    require_own(principal)
    now = clock.now()
    shift = shift_of(sent_at, now)
    placed = [
        Event(
            event.client_id,
            KINDS[event.kind],
            event.course_id,
            event.lesson_id,
            corrected(event.occurred_at, shift, now),
            event.clicks,
            event.seconds,
        )
        for event in events
    ]
    return _answer(record_events(principal, placed, now), events)


def require_own(principal: Principal) -> None:
    """Raises ``AppError`` FORBIDDEN for who acts as another person."""
    refuse_unless(
        principal.actor_id is None,
        _("Activity isn't recorded while you act as another person."),
    )


def _answer(recorded: Recorded, events: Sequence[Sent]) -> dict[str, Any]:
    return {
        "accepted": recorded.accepted,
        "duplicates": recorded.duplicates,
        "rejected": [
            {
                "id": events[refused.position].client_id,
                "code": code_of(refused.reason).value,
                "message": words_of(refused.reason),
            }
            for refused in recorded.refused
        ],
    }


def code_of(reason: str) -> ErrorCode:
    """Return the published code of a reason."""
    if reason == "old":
        return ErrorCode.VALIDATION_ERROR
    return ErrorCode.NOT_FOUND if reason == "lesson" else ErrorCode.ENROLLMENT_REQUIRED


def words_of(reason: str) -> str:
    """Return a reason in words."""
    words = {
        "old": _("This happened too long ago to be counted."),
        "lesson": _("This course has no such lesson."),
        "ended": _("Your enrollment was not active at that time."),
    }
    return words.get(reason, _("You are not enrolled in this course."))
