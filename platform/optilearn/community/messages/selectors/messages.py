"""Messages of a conversation, page by page, and their earlier texts."""

from __future__ import annotations

from typing import Any, Final

from optilearn.community.messages import policies
from optilearn.community.messages.rules import is_readable
from optilearn.community.messages.schemas import MessagesQuery
from optilearn.community.models import Message, MessageVersion
from optilearn.core.access.policies import refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.sql import Row, compose, rows
from optilearn.people.rules import PEOPLE

_MESSAGES: Final = compose(
    """
    SELECT o.id, o.conversation_id, o.number, o.author_id, w.name AS author_name, o.text,
           o.created_at, o.edited_at, o.hidden_at
      FROM community_message o <author>
     WHERE <chosen> LIMIT %(limit)s
    """,
    author=PEOPLE.joined("w", "o.author_id"),
)
_OLDER: Final = compose(
    _MESSAGES,
    chosen="o.conversation_id = %(conversation)s"
    " AND (%(before)s::int IS NULL OR o.number < %(before)s::int) ORDER BY o.number DESC",
)
_NEWER: Final = compose(
    _MESSAGES,
    chosen="o.conversation_id = %(conversation)s AND o.number > %(after)s ORDER BY o.number",
)
_ONE: Final = compose(_MESSAGES, chosen="o.id = %(message)s")


def messages(principal: Principal, conversation_id: int, query: MessagesQuery) -> dict[str, Any]:
    """Return messages before a number, the newest first, or after one in the order of writing.

    And the number that the next page goes on from. By the key: two queries, however long the
    conversation is. Raises ``AppError`` as ``policies.own_place``.
    """
    policies.own_place(principal, conversation_id)
    given = {"conversation": conversation_id, "limit": query.limit + 1}
    if query.after is not None:
        found = rows(_NEWER, given | {"after": query.after})
    else:
        found = rows(_OLDER, given | {"before": query.before})
    page = found[: query.limit]
    return {
        "messages": [_wire(principal, one) for one in page],
        "next": page[-1]["number"] if len(found) > len(page) else None,
    }


def one_message(principal: Principal, message_id: int) -> Row:
    """Return a message. Raises ``AppError`` as ``policies.message_in``."""
    policies.message_in(principal, message_id)
    (found,) = rows(_ONE, {"message": message_id, "limit": 1})
    return _wire(principal, found)


def versions(principal: Principal, message_id: int) -> list[Row]:
    """Return the texts of the principal's own message, the newest first.

    Raises ``AppError``: as ``policies.message_in``, FORBIDDEN for somebody else's.
    """
    message, _place = policies.message_in(principal, message_id)
    refuse_unless(message.author_id == principal.person_id)
    return texts_of(message)


def texts_of(message: Message) -> list[Row]:
    """Return all texts of a message, the newest first. For the product itself: no permissions."""
    written_at = message.edited_at or message.created_at
    newest = {"number": message.version, "text": message.text, "writtenAt": written_at}
    earlier = MessageVersion.objects.filter(message_id=message.pk).order_by("-number")
    return [
        newest,
        *({"number": one.number, "text": one.text, "writtenAt": one.written_at} for one in earlier),
    ]


def _wire(principal: Principal, one: Row) -> Row:
    is_own = one["author_id"] == principal.person_id
    is_shown = is_own or is_readable(one["text"], one["hidden_at"])
    return {
        "id": one["id"],
        "conversationId": one["conversation_id"],
        "number": one["number"],
        "author": {"id": one["author_id"], "name": one["author_name"]},
        "text": one["text"] if is_shown else "",
        "isOwn": is_own,
        "isDeleted": one["text"] == "",
        "isHidden": one["hidden_at"] is not None,
        "createdAt": one["created_at"],
        "editedAt": one["edited_at"],
    }
