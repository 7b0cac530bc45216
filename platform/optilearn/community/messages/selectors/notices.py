"""Reads about messages, for notifications of them. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from optilearn.community.messages.rules import readable
from optilearn.community.models import Message
from optilearn.core.plaintext import preview
from optilearn.core.sql import compose, rows

_WAITING: Final = compose(
    """
    SELECT d.message_id, d.person_id
      FROM unnest(%(messages)s::bigint[], %(people)s::bigint[]) AS d (message_id, person_id)
      JOIN community_message o ON o.id = d.message_id AND <readable>
      JOIN community_conversationmember m
        ON m.institution_id = o.institution_id AND m.conversation_id = o.conversation_id
       AND m.person_id = d.person_id AND m.left_at IS NULL AND NOT m.is_muted
       AND m.last_read < o.number
    """,
    readable=readable("o"),
)


@dataclass(frozen=True)
class NewMessage:
    """A message, as a notification tells of it."""

    id: int
    conversation_id: int
    author_name: str
    excerpt: str


def new_message(message_id: int) -> NewMessage:
    """Return a message that was written. One query."""
    found = Message.objects.select_related("author").get(pk=message_id)
    return NewMessage(found.pk, found.conversation_id, found.author.name, preview(found.text))


def waiting(deliveries: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return those ``(message, person)`` of which the person still is to be notified. One query.

    Not if the message is gone or read, or the person has muted or left its conversation.
    """
    given = {
        "messages": [message for message, _person in deliveries],
        "people": [person for _message, person in deliveries],
    }
    return {(one["message_id"], one["person_id"]) for one in rows(_WAITING, given)}
