"""Schemas of messages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, model_validator

from optilearn.community.messages.rules import Group, Reach
from optilearn.community.texts import REQUEST_ID_LENGTH
from optilearn.core.http.envelope import ABSENT, CamelSchema, example
from optilearn.core.http.pages import PageQuery, StrictQuery
from optilearn.core.text import Visible, VisibleCode

Title = Annotated[Visible, StringConstraints(max_length=200)]
Html = Annotated[Visible, StringConstraints(max_length=20_000)]
Reason = Annotated[Visible, StringConstraints(max_length=1_000)]
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
RequestId = Annotated[VisibleCode, StringConstraints(max_length=REQUEST_ID_LENGTH)]


class ConversationsQuery(StrictQuery):
    """The page of the caller's conversations that follows a position."""

    before: Key | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(25, ge=1, le=100)


class MessagesQuery(StrictQuery):
    """The messages before a number, or those after one."""

    before: Number | None = Field(None, description="The newest first, from below this number.")
    after: Number | None = Field(None, description="In the order of writing, from above it.")
    limit: int = Field(50, ge=1, le=100)

    @model_validator(mode="after")
    def _has_one_end(self) -> Self:
        if self.before is not None and self.after is not None:
            raise ValueError(_("Ask for what is before a number, or after one."))
        return self


class RecipientsQuery(PageQuery):
    """A search among the people whom the caller may write to."""

    q: str | None = Field(None, max_length=200, description="Parts of a name.")


class MessageReportQuery(PageQuery):
    """Filters of the queue of reports."""

    state: Literal["OPEN", "RESOLVED"] = "OPEN"


class MessagePerson(CamelSchema):
    """An author, a reporter."""

    id: int
    name: str


class Recipient(CamelSchema):
    """Somebody whom the caller may write to."""

    id: int
    name: str
    group: Group


class ConversationPerson(CamelSchema):
    """A member of a conversation."""

    id: int
    name: str
    group: Group
    is_there: bool = Field(description="False for who left it, or the school: they read no more.")


class NewestMessage(CamelSchema):
    """The newest message of a conversation, in short."""

    number: int
    author: MessagePerson
    preview: str = Field(description="Empty for one that was deleted or hidden.")
    written_at: datetime


class ConversationOut(CamelSchema):
    """A conversation, as the caller sees it."""

    id: int
    title: str
    is_direct: bool = Field(description="Of two people, who have no second one.")
    members: list[ConversationPerson]
    newest: NewestMessage | None
    unread_count: int
    last_read: int
    last_number: int
    is_muted: bool
    created_at: datetime


class ConversationPage(CamelSchema):
    """Some of the caller's conversations, those with the newest messages first."""

    conversations: list[ConversationOut]
    next: int | None = Field(description="`before` of the next page; null on the last one.")


class ConversationIn(CamelSchema):
    """The people of a new conversation, besides the caller."""

    model_config = example({"memberIds": [12], "requestId": "9f1c"})

    member_ids: Annotated[list[Key], Field(min_length=1, max_length=1_000)] = Field(
        description="One for a conversation of two, at most 19 for a group."
    )
    title: Title = Field(ABSENT, description="Of a group.")
    request_id: RequestId = Field(
        ABSENT, description="The client's name of this request: sent again, it changes nothing."
    )


class MessageIn(CamelSchema):
    """A new message."""

    model_config = example({"text": "<p>Could you come on Tuesday?</p>", "requestId": "9f1d"})

    text: Html = Field(description="HTML; it is sanitized.")
    request_id: RequestId = Field(
        ABSENT, description="The client's name of this request: sent again, it changes nothing."
    )


class MessageChange(CamelSchema):
    """The new text of a message."""

    model_config = example({"text": "<p>Could you come on Wednesday?</p>"})

    text: Html = Field(description="HTML; it is sanitized.")


class MessageOut(CamelSchema):
    """A message. Of a hidden or deleted one its place is left."""

    id: int
    conversation_id: int
    number: int = Field(description="From 1, in the order of writing; pages go by it.")
    author: MessagePerson
    text: str = Field(description="HTML, sanitized.")
    is_own: bool
    is_deleted: bool
    is_hidden: bool = Field(description="By an administrator; its author still sees its text.")
    created_at: datetime
    edited_at: datetime | None


class MessagePage(CamelSchema):
    """Some messages of a conversation."""

    messages: list[MessageOut]
    next: int | None = Field(description="The number to go on from; null on the last page.")


class MessageVersionOut(CamelSchema):
    """A text of a message, as its author wrote it then."""

    number: int
    text: str
    written_at: datetime


class ConversationReadIn(CamelSchema):
    """The position up to which the caller has read."""

    model_config = example({"number": 40})

    number: Number


class MutedIn(CamelSchema):
    """The caller's choice about notifications of a conversation."""

    model_config = example({"isMuted": True})

    is_muted: bool


class UnreadMessages(CamelSchema):
    """The caller's unread messages, without those of muted conversations."""

    conversations: int
    messages: int


class MessageReasonIn(CamelSchema):
    """The reason for a report."""

    model_config = example({"reason": "It threatens me."})

    reason: Reason


class MessageReportRow(CamelSchema):
    """A report of the queue, without any text of the conversation."""

    id: int
    message_id: int
    number: int
    author: MessagePerson
    is_hidden: bool
    reason: str
    reporter: MessagePerson
    created_at: datetime
    outcome: Literal["HIDDEN", "DISMISSED"] | None
    resolved_at: datetime | None
    resolved_by: MessagePerson | None


class ContextMessage(CamelSchema):
    """A message near a reported one, or that one itself."""

    number: int
    author: MessagePerson
    text: str
    created_at: datetime


class MessageReportOut(MessageReportRow):
    """A report with the texts of its message, and the messages around it."""

    texts: list[MessageVersionOut]
    context: list[ContextMessage]


class MessageDecision(CamelSchema):
    """The decision about a reported message."""

    model_config = example({"outcome": "HIDDEN"})

    outcome: Literal["HIDDEN", "DISMISSED"]


class MessagingPair(CamelSchema):
    """The people of one group whom those of another may write to first."""

    writer: Group = Field(alias="from")
    reader: Group = Field(alias="to")
    reach: Reach


class MessagingRulesOut(CamelSchema):
    """The rules of who may write to whom first."""

    version: int
    pairs: list[MessagingPair]


class MessagingRulesIn(CamelSchema):
    """The rules of pairs; those that aren't sent are as usual."""

    model_config = example(
        {"version": 0, "pairs": [{"from": "STUDENT", "to": "STUDENT", "reach": "SHARED_COURSE"}]}
    )

    version: Number = Field(description="The version that was changed; 409 if there is a newer.")
    pairs: Annotated[list[MessagingPair], Field(max_length=25)]

    @model_validator(mode="after")
    def _names_each_pair_once(self) -> Self:
        if len({(one.writer, one.reader) for one in self.pairs}) < len(self.pairs):
            raise ValueError(_("Name each pair once."))
        return self
