"""Requests and responses of the API for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypeAliasType

from optilearn.core.access.roles import Role
from optilearn.core.http.envelope import CamelSchema, ChangeSchema, example
from optilearn.core.http.instants import Instant
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen
from optilearn.notifications.definitions import Category, Channel
from optilearn.notifications.policy import NotificationPolicy, WallTime

Name = Annotated[str, StringConstraints(max_length=60)]


DeliveryStatus = TypeAliasType(
    "DeliveryStatus", Literal["PENDING", "SENT", "SKIPPED", "FAILED", "DEFERRED"]
)


class DeliveryQuery(PageQuery):
    """Filters of the log; the newest first."""

    q: str | None = Field(
        None, max_length=200, description="Words of a person's name, or their whole e-mail address."
    )
    person_id: Key | None = None
    key: Name | None = None
    channel: Channel | None = None
    status: DeliveryStatus | None = None
    rule: Name | None = Field(None, description="The rule that skipped or deferred it.")
    since: Instant | None = None
    until: Instant | None = None


class DeliveryPerson(CamelSchema):
    """The recipient."""

    id: int
    name: str


class DeliveryOut(CamelSchema):
    """One notification to one person on one channel, and what became of it."""

    id: int
    notification_id: int
    key: str
    category: Category
    channel: Channel
    person: DeliveryPerson
    status: DeliveryStatus
    rule: str = Field(description="The rule that skipped or deferred it; empty if none did.")
    reason: str = Field(description="The reason why it failed, or is tried again.")
    explanation: str = Field(description="The same in words.")
    title: str
    digest: Literal["", "DAILY", "WEEKLY"] = Field(
        description="DAILY or WEEKLY where it is sent within a digest."
    )
    created_at: datetime
    due_at: datetime | None = Field(description="Time of the next attempt.")
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    attempts: int


class HistoryLine(CamelSchema):
    """Something that happened to a delivery."""

    at: datetime
    what: str
    why: str


class DeliveryDetail(DeliveryOut):
    """A delivery with all that is known of it."""

    address: str
    provider: str
    provider_id: str
    template_version: int | None
    url: str
    data: dict[str, Any]
    history: list[HistoryLine]


class ReplayIn(CamelSchema):
    """The dead letters to send again."""

    model_config = example({"ids": [41, 42]})

    ids: list[Key] = Field(min_length=1, max_length=1000)


class ReplayOut(CamelSchema):
    """The number that is tried again; others are left as they are."""

    replayed: int


class UnresolvedQuery(PageQuery):
    """Filters of the messages that never found all of their people; the newest first."""

    key: Name | None = None
    since: Instant | None = None
    until: Instant | None = None


class UnresolvedOut(CamelSchema):
    """A message that failed before all of its recipients had a delivery."""

    id: int
    key: str
    label: str
    problem: Literal["expired", "no_answer"] = Field(
        description="The reason why it failed. Expired messages can't be replayed."
    )
    explanation: str = Field(description="The same in words.")
    about_id: int | None = Field(description="The person it is about, where that isn't the reader.")
    created_at: datetime
    attempts: int


class QueueOut(CamelSchema):
    """One channel's outbox."""

    channel: Literal["EMAIL", "PUSH", "IN_APP", "RECIPIENTS"] = Field(
        description="RECIPIENTS: messages whose recipients have to be looked up first."
    )
    due: int = Field(description="Messages that wait for a worker.")
    later: int = Field(description="Messages that are deferred or wait for their next attempt.")
    for_digests: int = Field(description="Messages that wait for a digest.")
    oldest_seconds: float = Field(description="Age of the oldest message that is due.")
    sent_per_minute: float = Field(description="Over the last five minutes.")
    sent_in_a_day: int = Field(description="A digest counts once.")
    failed_in_a_day: int = Field(description="Failed in the last 24 hours.")


class PolicyOut(NotificationPolicy):
    """The institution's notification policy."""


def _reachable(address: str) -> str:
    """Refuse an invalid address: providers would reject every e-mail of the institution."""
    try:
        if address:
            validate_email(address)
    except ValidationError as error:
        raise ValueError(_("Enter an e-mail address, like name@example.org.")) from error
    return address


ReplyTo = Annotated[
    str,
    StringConstraints(max_length=254, strip_whitespace=True),
    AfterValidator(_reachable),
]
"""Address for replies; empty: the sender's."""


class QuietHoursChange(ChangeSchema):
    """A change of quiet hours; fields that are left out or null stay as they are."""

    enabled: bool | None = None
    start: WallTime | None = None
    end: WallTime | None = None


class PolicyChange(ChangeSchema):
    """A change of the policy; fields that are left out or null stay as they are."""

    model_config = example(
        {"dailyCap": 6, "quietHours": {"enabled": True, "start": "20:30", "end": "07:00"}}
    )

    daily_cap: Annotated[int, Field(ge=1, le=100)] | None = None
    duplicate_hours: Annotated[int, Field(ge=1, le=168)] | None = None
    reengage: bool | None = None
    reengage_days: Annotated[int, Field(ge=1, le=365)] | None = None
    inactive_days: Annotated[int, Field(ge=1, le=365)] | None = None
    soft_bounces: Annotated[int, Field(ge=1, le=20)] | None = None
    soft_bounce_days: Annotated[int, Field(ge=1, le=365)] | None = None
    quiet_hours: QuietHoursChange | None = None
    digest_hour: Annotated[int, Field(ge=0, le=23)] | None = None
    due_hours: Annotated[int, Field(ge=1, le=336)] | None = None
    expiring_days: Annotated[int, Field(ge=1, le=90)] | None = None
    low_grade_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    low_grade_grace_minutes: Annotated[int, Field(ge=0, le=10_080)] | None = None
    sender_name: Annotated[Seen, StringConstraints(max_length=100)] | None = None
    reply_to: ReplyTo | None = None


class KeyOut(CamelSchema):
    """One kind of notification."""

    key: str
    label: str
    description: str
    category: Category
    category_label: str
    channels: list[Literal["email", "push", "inApp"]] = Field(
        description="Its channels unless a person chose otherwise."
    )
    can_disable: bool
    can_change_frequency: bool
    available_to: list[Role]
    controls: list[str] = Field(description="The settings that decide when it is sent.")
