"""Types of the registry: definition, channel, category (docs/rules.md#notifications)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from django.utils.functional import Promise

from optilearn.core.access.roles import Role

Label = str | Promise


class Channel(StrEnum):
    """A way to a person."""

    EMAIL = "EMAIL"
    PUSH = "PUSH"
    IN_APP = "IN_APP"

    @property
    def wire(self) -> str:
        """Its name in the API: ``email``, ``push``, ``inApp``."""
        return {"EMAIL": "email", "PUSH": "push", "IN_APP": "inApp"}[self.value]


class Frequency(StrEnum):
    """The frequency that a person chose for a key."""

    IMMEDIATE = "IMMEDIATE"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    NEVER = "NEVER"


class Priority(IntEnum):
    """The order of sending; a lower number is more urgent."""

    URGENT = 1
    HIGH = 2
    NORMAL = 3
    LOW = 4


class Category(StrEnum):
    """The groups of keys in people's preferences."""

    COURSES = "COURSES"
    DEADLINES = "DEADLINES"
    GRADES = "GRADES"
    LIVE = "LIVE"
    COMMUNITY = "COMMUNITY"
    RECOGNITION = "RECOGNITION"
    REENGAGEMENT = "REENGAGEMENT"
    TEACHING = "TEACHING"
    PARENTS = "PARENTS"
    ADMINISTRATION = "ADMINISTRATION"


@dataclass(frozen=True)
class Definition:
    """One kind of notification. Its key is published and never renamed."""

    key: str
    label: Label
    description: Label
    category: Category
    available_to: frozenset[Role]
    """Roles that can get it; people of other roles are left out of its recipients."""
    example: Mapping[str, Any]
    """A payload: the names that templates may use, with values of the right kind."""
    link: str
    """The path of the page it leads to, with names of the payload: ``/courses/{courseId}``."""
    channels: frozenset[Channel] = frozenset(Channel)
    """Its channels unless the person chose otherwise."""
    can_disable: bool = True
    can_change_frequency: bool = True
    """False: always IMMEDIATE."""
    priority: Priority = Priority.NORMAL
    controls: tuple[str, ...] = ()
    """The institution's settings that decide when it is sent (``policy.NotificationPolicy``)."""
    about: str = ""
    """The name in the payload of the id of the person it is about, where that isn't the reader: an
    erasure of that person removes the message."""
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        if self.about and not isinstance(self.example.get(self.about), int):
            raise ValueError(f"{self.key}: {self.about} is no id in its example.")
        object.__setattr__(self, "names", frozenset(self.example))

    @property
    def is_locked(self) -> bool:
        """True if nobody can turn it off; it is also exempt from quiet hours and the daily cap."""
        return not self.can_disable
