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
