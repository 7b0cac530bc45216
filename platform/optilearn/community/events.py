"""The events of the community."""

from __future__ import annotations

from dataclasses import dataclass

from optilearn.core.events import Event


@dataclass(frozen=True)
class AnnouncementPublished(Event):
    """An announcement is readable from now on."""

    announcement_id: int


@dataclass(frozen=True)
class PostWritten(Event):
    """Somebody began a discussion, or replied in one."""

    post_id: int


@dataclass(frozen=True)
class MessageWritten(Event):
    """Somebody wrote a message."""

    message_id: int
    person_ids: tuple[int, ...]
    """Members who are to be notified: for them it begins something unread."""
