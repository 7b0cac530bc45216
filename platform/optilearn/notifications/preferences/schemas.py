"""Requests and responses of the API of preferences."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from optilearn.core.http.envelope import CamelSchema, ChangeSchema, example
from optilearn.notifications.definitions import Category, Frequency

WallTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Hour = Annotated[int, Field(ge=0, le=23)]
Weekday = Annotated[int, Field(ge=1, le=7, description="1 is Monday.")]


class ChannelsOut(CamelSchema):
    """The channels of a key."""

    email: bool
    push: bool
    in_app: bool


class KeyPreference(CamelSchema):
    """A person's preference for one kind of notification."""

    key: str
    label: str
    description: str
    channels: ChannelsOut
    frequency: Frequency = Field(
        description="DAILY, WEEKLY: e-mails within a digest, and no pushes. NEVER: nothing."
    )
    can_disable: bool = Field(description="False: nobody can turn its usual channels off.")
    can_change_frequency: bool = Field(description="False: always IMMEDIATE.")


class CategoryPreferences(CamelSchema):
    """A group of kinds."""

    category: Category
    label: str
    keys: list[KeyPreference]


class DigestOut(CamelSchema):
    """The times of digests."""

    hour: int
    weekday: int = Field(description="Of the weekly ones; 1 is Monday.")
    source: Literal["own", "institution"]
    next_daily_at: datetime
    next_weekly_at: datetime


class QuietHoursOut(CamelSchema):
    """The person's quiet hours."""

    enabled: bool
    start: str
    end: str
    source: Literal["own", "institution"]


class PreferencesOut(CamelSchema):
    """Everything that a person chose about notifications, or that is chosen for them."""

    time_zone: str = Field(description="Time zone of all times.")
    categories: list[CategoryPreferences]
    digest: DigestOut
    quiet_hours: QuietHoursOut


class ChannelsIn(ChangeSchema):
    """Channels to change: one that is left out stays; null is the default."""

    email: bool | None = None
    push: bool | None = None
    in_app: bool | None = None


class _Wanted(ChangeSchema):
    channels: ChannelsIn | None = None
    frequency: Frequency | None = None


class KeyChange(_Wanted):
    """A change to one kind: what is left out stays, what is locked is refused."""

    key: str = Field(max_length=60)


class CategoryChange(_Wanted):
    """A change to all kinds of a category: what is left out stays, and what is locked."""

    category: Category


class DigestIn(ChangeSchema):
    """Digest times to change: one that is left out stays; null is the institution's."""

    hour: Hour | None = None
    weekday: Weekday | None = None


class QuietHoursIn(ChangeSchema):
    """Quiet hours to change: a field that is left out stays; null is the institution's."""

    enabled: bool | None = None
    start: WallTime | None = None
    end: WallTime | None = None


class PreferencesIn(ChangeSchema):
    """Changes, all of them or none: fields that are left out stay.

    Categories come first, then single keys.
    """

    model_config = example(
        {
            "categories": [{"category": "COMMUNITY", "frequency": "DAILY"}],
            "keys": [{"key": "DISCUSSION_REPLY", "channels": {"push": False}}],
            "digest": {"hour": 18},
            "quietHours": {"enabled": True, "start": "22:00", "end": "06:30"},
        }
    )

    categories: list[CategoryChange] = Field(default=[], max_length=100)
    keys: list[KeyChange] = Field(default=[], max_length=100)
    digest: DigestIn | None = Field(None, description="Null: both are the institution's again.")
    quiet_hours: QuietHoursIn | None = Field(None, description="Null: the institution's again.")
