"""An institution's notification policy and its defaults (docs/rules.md#notifications)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any, Final

from django.utils.translation import gettext as _
from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.envelope import CamelSchema
from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import institution_by_id

SETTING: Final = "notifications"
"""The name in ``Institution.settings``."""
_WALL: Final = re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9]$")


def _wall_time(value: Any) -> Any:
    """Refuse numbers: pydantic would read them as seconds after midnight."""
    if isinstance(value, time) or (isinstance(value, str) and _WALL.fullmatch(value)):
        return value
    raise ValueError(_("Enter a time like 21:30."))


WallTime = Annotated[
    time,
    BeforeValidator(_wall_time),
    PlainSerializer(lambda value: value.strftime("%H:%M"), when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _WALL.pattern}),
]
"""A time of day where the reader is, as ``21:30``."""


class QuietHours(CamelSchema):
    """Hours without e-mails and pushes, in the person's zone; may pass midnight."""

    enabled: bool = True
    start: WallTime = Field(default=time(21), json_schema_extra={"default": "21:00"})
    end: WallTime = Field(default=time(7), json_schema_extra={"default": "07:00"})


class NotificationPolicy(CamelSchema):
    """The settings of one institution."""

    daily_cap: Annotated[int, Field(ge=1, le=100)] = Field(
        8, description="E-mails and pushes to one person in a day; the least urgent get half."
    )
    duplicate_hours: Annotated[int, Field(ge=1, le=168)] = 24
    reengage: bool = True
    reengage_days: Annotated[int, Field(ge=1, le=365)] = Field(
        14, description="Days between two reminders to come back."
    )
    inactive_days: Annotated[int, Field(ge=1, le=365)] = 14
    soft_bounces: Annotated[int, Field(ge=1, le=20)] = 3
    soft_bounce_days: Annotated[int, Field(ge=1, le=365)] = 30
    quiet_hours: QuietHours = QuietHours()
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 8
    due_hours: Annotated[int, Field(ge=1, le=336)] = Field(
        24, description="Hours before the due date at which students are reminded."
    )
    expiring_days: Annotated[int, Field(ge=1, le=90)] = 7
    low_grade_percent: Annotated[int, Field(ge=1, le=100)] = 40
    low_grade_grace_minutes: Annotated[int, Field(ge=0, le=10_080)] = Field(
        60, description="Minutes in which a grade can be corrected before parents are notified."
    )
    sender_name: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description="Sender's name of e-mails; empty: the institution's name."
    )
    reply_to: Annotated[str, StringConstraints(max_length=254)] = ""


def quiet_hours_of(
    policy: NotificationPolicy, *, enabled: bool | None, start: time | None, end: time | None
) -> tuple[time, time] | None:
    """Return begin and end of a person's quiet hours; None if they have none.

    Values that the person didn't choose (null in ``ReaderProfile``) are the institution's.
    """
    ours = policy.quiet_hours
    if not (ours.enabled if enabled is None else enabled):
        return None
    return start or ours.start, end or ours.end


def refuse_empty_quiet_hours(start: time, end: time) -> None:
    """Raise ``AppError`` VALIDATION_ERROR where quiet hours would begin and end at the same time.

    The person may have meant the whole day, and would be disturbed at night.
    """
    if start == end:
        message = _(
            "Quiet hours must end at another time than they begin. To have none, turn them off."
        )
        problem = {"path": "/quietHours/end", "code": "same", "message": message}
        raise AppError(ErrorCode.VALIDATION_ERROR, message, [problem])


def policy_in_force() -> NotificationPolicy:
    """Return the policy of the institution in force."""
    return policy_of(institution_by_id(require_institution_id()).settings)


def policy_of(settings: Mapping[str, Any]) -> NotificationPolicy:
    """Return the policy in these settings; the defaults where it can't be read."""
    try:
        return NotificationPolicy.model_validate(settings.get(SETTING) or {})
    except ValidationError:
        return NotificationPolicy.model_validate({})
