"""Conversations as their members see them."""

from __future__ import annotations

from typing import Any, Final

from optilearn.community.messages import policies
from optilearn.community.messages.rules import group_of, is_unread, readable
from optilearn.community.messages.schemas import ConversationsQuery
from optilearn.core.access.principal import Principal
from optilearn.core.plaintext import ENOUGH, preview
from optilearn.core.sql import Row, compose, rows
from optilearn.people.rules import PEOPLE, active

_CONVERSATIONS: Final = compose(
    """
    SELECT c.id, c.title, c.pair IS NOT NULL AS is_direct, c.last_number, c.position,
           c.created_at, m.last_read, m.is_muted,
           (SELECT count(*) FROM community_message o
             WHERE o.institution_id = c.institution_id AND o.conversation_id = c.id AND <unread>
           ) AS unread,
           (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'role', p.role,
                             'is_there', w.left_at IS NULL AND <active>) ORDER BY w.id)
              FROM community_conversationmember w <person>
             WHERE w.institution_id = c.institution_id AND w.conversation_id = c.id) AS members,
           n.number, n.author_id, a.name AS author_name, n.created_at AS written_at,
           CASE WHEN <readable> THEN left(n.text, <enough>) ELSE '' END AS beginning
      FROM community_conversationmember m
      JOIN community_conversation c
        ON c.institution_id = m.institution_id AND c.id = m.conversation_id
      LEFT JOIN community_message n ON n.institution_id = c.institution_id AND n.id = c.position
      LEFT <author>
     WHERE m.person_id = %(person)s AND m.left_at IS NULL AND <chosen>
     ORDER BY c.position DESC LIMIT %(limit)s
    """,
    unread=is_unread("o", "m"),
    readable=readable("n"),
    enough=str(ENOUGH),
    person=PEOPLE.joined("p", "w.person_id"),
    author=PEOPLE.joined("a", "n.author_id"),
    active=active("p"),
)
_PAGE: Final = compose(
    _CONVERSATIONS,
    chosen="c.last_number > 0 AND (%(before)s::bigint IS NULL OR c.position < %(before)s::bigint)",
)
_ONE: Final = compose(_CONVERSATIONS, chosen="c.id = %(conversation)s")
_UNREAD: Final = compose(
    """
    SELECT count(*) AS conversations, coalesce(sum(u.messages), 0)::bigint AS messages
      FROM (SELECT count(*) AS messages
              FROM community_conversationmember m
              JOIN community_message o
                ON o.institution_id = m.institution_id AND o.conversation_id = m.conversation_id
             WHERE m.person_id = %(person)s AND m.left_at IS NULL AND NOT m.is_muted AND <unread>
             GROUP BY m.conversation_id) u
    """,
    unread=is_unread("o", "m"),
)


def conversations(principal: Principal, query: ConversationsQuery) -> dict[str, Any]:
    """Return the principal's conversations, the newest first, and where the next page begins.

    By the key, so the last page costs no more than the first: one query. Raises ``AppError``
    FORBIDDEN as ``policies.check_is_in_person``.
    """
    policies.check_is_in_person(principal)
    given = {"person": principal.person_id, "before": query.before, "limit": query.limit + 1}
    found = rows(_PAGE, given)
    page = found[: query.limit]
    return {
        "conversations": [_wire(one) for one in page],
        "next": page[-1]["position"] if len(found) > len(page) else None,
    }


def conversation(principal: Principal, conversation_id: int) -> Row:
    """Return one of the principal's conversations. Raises ``AppError`` as ``own_place``."""
    policies.own_place(principal, conversation_id)
    given = {"person": principal.person_id, "conversation": conversation_id, "limit": 1}
    (found,) = rows(_ONE, given)
    return _wire(found)


def unread_counts(principal: Principal) -> Row:
    """Return how many conversations have something unread, and how many messages that are.

    Muted ones don't count. One query. Raises ``AppError`` FORBIDDEN as :func:`conversations`.
    """
    policies.check_is_in_person(principal)
    (found,) = rows(_UNREAD, {"person": principal.person_id})
    return found


def _wire(one: Row) -> Row:
    return {
        "id": one["id"],
        "title": one["title"],
        "isDirect": one["is_direct"],
        "members": [
            {
                "id": member["id"],
                "name": member["name"],
                "group": group_of(member["role"]),
                "isThere": member["is_there"],
            }
            for member in one["members"]
        ],
        "newest": None
        if one["number"] is None
        else {
            "number": one["number"],
            "author": {"id": one["author_id"], "name": one["author_name"]},
            "preview": preview(one["beginning"]),
            "writtenAt": one["written_at"],
        },
        "unreadCount": one["unread"],
        "lastRead": one["last_read"],
        "lastNumber": one["last_number"],
        "isMuted": one["is_muted"],
        "createdAt": one["created_at"],
    }
