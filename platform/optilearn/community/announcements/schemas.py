"""Schemas of announcements."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from optilearn.community.texts import REQUEST_ID_LENGTH
from optilearn.core.access.roles import Role
from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, example
from optilearn.core.http.instants import Instant
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Visible, VisibleCode

Title = Annotated[Visible, StringConstraints(max_length=200)]
Html = Annotated[Visible, StringConstraints(max_length=50_000)]
Place = Annotated[VisibleCode, StringConstraints(max_length=64)]
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
RequestId = Annotated[VisibleCode, StringConstraints(max_length=REQUEST_ID_LENGTH)]
AnnouncementStatus = Literal["SCHEDULED", "PUBLISHED", "WITHDRAWN"]


class AnnouncementQuery(PageQuery):
    """Filters of one's announcements."""

    unread_only: bool = False
    course_id: Key | None = Field(None, description="Those for this course.")


class AnnouncementAuthor(CamelSchema):
    """The author of an announcement or of a version."""

    id: int
    name: str


class AnnouncementHead(CamelSchema):
    """An announcement as its readers see it."""

    id: int
    title: str
    author: AnnouncementAuthor
    is_pinned: bool
    published_at: datetime
    expires_at: datetime | None
    edited_at: datetime | None = Field(description="The last change of title or text.")
    is_read: bool
    read_at: datetime | None


class AnnouncementRow(AnnouncementHead):
    """An announcement of a list."""

    preview: str = Field(description="At most 240 characters, without markup.")


class AnnouncementOut(AnnouncementHead):
    """An announcement whole."""

    text: str = Field(description="HTML, sanitized.")


class UnreadAnnouncements(CamelSchema):
    """The number of unread announcements."""

    unread: int


class AnnouncementChange(ChangeSchema):
    """Changes of an announcement; only what is sent is changed.

    The audience, its parents and the time can be changed until it is published.
    """

    model_config = example({"title": "Sports day moved to Monday", "isPinned": True})

    title: Title = ABSENT
    text: Html = Field(ABSENT, description="HTML; it is sanitized.")
    is_for_everyone: bool = Field(ABSENT, description="All staff and students.")
    roles: Annotated[list[Role], Field(max_length=20)] = ABSENT
    class_ids: Annotated[list[Place], Field(max_length=500)] = ABSENT
    section_ids: Annotated[list[Place], Field(max_length=500)] = ABSENT
    course_ids: Annotated[list[Key], Field(max_length=50)] = Field(
        ABSENT, description="Their teachers, and the students whose enrollment opens lessons."
    )
    include_parents: bool = Field(ABSENT, description="The parents of its students read it too.")
    is_pinned: bool = ABSENT
    publish_at: Instant | None = Field(
        ABSENT, description="Null, or a time that is past: at once, by the server's clock."
    )
    expires_at: Instant | None = ABSENT


class AnnouncementIn(AnnouncementChange):
    """A new announcement, for at least somebody. Teachers announce to their own courses."""

    model_config = example(
        {
            "title": "Sports day",
            "text": "<p>No lessons on Friday.</p>",
            "sectionIds": ["section-6A"],
            "includeParents": True,
            "publishAt": "2026-12-02T02:30:00Z",
            "requestId": "5f0c3a52-announcement",
        }
    )

    title: Title
    text: Html = Field(description="HTML; it is sanitized.")
    request_id: RequestId = Field(
        ABSENT, description="The client's name of this request: sent again, it changes nothing."
    )


class ManagedQuery(PageQuery):
    """Filters of the announcements that the caller manages."""

    status: AnnouncementStatus | None = None
    mine: bool = Field(default=False, description="Written by the caller.")
    course_id: Key | None = None


class ManagedHead(CamelSchema):
    """An announcement as its author and administrators see it."""

    id: int
    title: str
    status: AnnouncementStatus
    author: AnnouncementAuthor
    is_for_everyone: bool
    roles: list[str]
    class_ids: list[str]
    section_ids: list[str]
    course_ids: list[int]
    include_parents: bool
    is_pinned: bool
    publish_at: datetime
    published_at: datetime | None
    expires_at: datetime | None
    withdrawn_at: datetime | None
    edited_at: datetime | None
    created_at: datetime
    version: int


class ManagedAnnouncementRow(ManagedHead):
    """A managed announcement of a list."""

    preview: str


class ManagedAnnouncement(ManagedHead):
    """A managed announcement whole."""

    text: str
    recipient_count: int = Field(description="Its audience today, and whoever has read it.")
    read_count: int


class AnnouncementVersionOut(CamelSchema):
    """Title and text of an announcement as somebody wrote them."""

    number: int
    title: str
    text: str
    author: AnnouncementAuthor
    created_at: datetime


class ReceiptQuery(PageQuery):
    """Filters of an announcement's receipts."""

    state: Literal["READ", "UNREAD"] | None = None


class AnnouncementRecipient(CamelSchema):
    """A person of the audience."""

    id: int
    code: str
    name: str


class AnnouncementReceiptOut(CamelSchema):
    """A recipient, and when they first read it."""

    person: AnnouncementRecipient
    role: str
    section_name: str
    read_at: datetime | None
