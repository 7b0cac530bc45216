"""The inbox on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from pydantic import Field, model_validator

from optilearn.core.http.envelope import CamelSchema, ChangeSchema, example
from optilearn.core.http.pages import MAX_PAGES, MAX_PER_PAGE, PageQuery, StrictQuery
from optilearn.notifications.definitions import Category

MAX_IDS = 500
_BIGINT = 2**63 - 1

Key = Annotated[int, Field(ge=1, le=_BIGINT)]


class InboxQuery(StrictQuery):
    """Filters and page of the inbox. The published name of a page's size is ``limit``."""

    page: int = Field(1, ge=1, le=MAX_PAGES)
    limit: int = Field(25, ge=1, le=MAX_PER_PAGE)
    unread_only: bool = False
    category: Category | None = None

    @property
    def part(self) -> PageQuery:
        """The same as the query of every other list."""
        return PageQuery(page=self.page, per_page=self.limit)


class InboxRow(CamelSchema):
    """One message in the app."""

    model_config = example(
        {
            "id": 912,
            "key": "LESSON_NEW_CONTENT",
            "category": "DEADLINES",
            "title": "New lesson: Fractions",
            "body": "In Algebra.",
            "url": "https://learn.example.org/courses/12/lessons/40",
            "createdAt": "2026-11-23T08:30:00Z",
            "readAt": None,
            "isRead": False,
        }
    )

    id: int
    key: str = Field(description="The kind of message; a key is never renamed.")
    category: Category
    title: str
    body: str
    url: str = Field(description="The page that it links to.")
    created_at: datetime
    read_at: datetime | None
    is_read: bool


class ReadIn(ChangeSchema):
    """Messages to mark as read: some by their ids, or all; only what is sent counts."""

    model_config = example({"ids": [912, 915]})

    ids: Annotated[list[Key], Field(min_length=1, max_length=MAX_IDS)] | None = None
    all: Literal[True] | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.ids is None) == (self.all is None):
            raise ValueError(_("Give either the messages (ids) or all of them (all: true)."))
        return self


class ReadOut(CamelSchema):
    """The number of messages that were new until now."""

    model_config = example({"marked": 2})

    marked: int


class UnreadCount(CamelSchema):
    """The number of messages that the caller hasn't read."""

    model_config = example({"count": 3})

    count: int
