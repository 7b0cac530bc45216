"""Posts of a thread, page by page in the order of writing, and their earlier texts."""

from __future__ import annotations

from typing import Any, Final

from optilearn.community.discussions import policies
from optilearn.community.discussions.policies import ThreadAccess
from optilearn.community.discussions.schemas import PostsQuery
from optilearn.community.models import DiscussionPostVersion
from optilearn.core.access.policies import refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.sql import Row, compose, rows
from optilearn.people.rules import PEOPLE

_POSTS: Final = compose(
    """
    SELECT o.id, o.thread_id, o.number, o.parent_id, o.author_id, w.name AS author_name, o.text,
           o.is_best, o.created_at, o.edited_at, o.hidden_at, o.hidden_reason,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', m.person_id, 'name', n.name)
                            ORDER BY m.id), '[]')
              FROM community_discussionmention m <person>
             WHERE m.institution_id = o.institution_id AND m.post_id = o.id) AS mentions
      FROM community_discussionpost o <author>
     WHERE <chosen>
     ORDER BY o.number LIMIT %(limit)s
    """,
    author=PEOPLE.joined("w", "o.author_id"),
    person=PEOPLE.joined("n", "m.person_id"),
)
_PAGE: Final = compose(_POSTS, chosen="o.thread_id = %(thread)s AND o.number > %(after)s")
_ONE: Final = compose(_POSTS, chosen="o.id = %(post)s")


def posts(principal: Principal, thread_id: int, query: PostsQuery) -> dict[str, Any]:
    """Return the posts after a number, and the number that the next page begins after.

    By the key, so the last page of a long thread costs no more than the first: three queries.
    Raises ``AppError`` as ``policies.thread_in``.
    """
    access = policies.thread_in(principal, thread_id)
    given = {"thread": thread_id, "after": query.after, "limit": query.limit + 1}
    found = rows(_PAGE, given)
    page = found[: query.limit]
    return {
        "posts": [_wire(principal, access, one) for one in page],
        "next": page[-1]["number"] if len(found) > len(page) else None,
    }


def one_post(principal: Principal, post_id: int) -> Row:
    """Return a post. Raises ``AppError`` as ``policies.post_in``."""
    _post, access = policies.post_in(principal, post_id)
    (found,) = rows(_ONE, {"post": post_id, "limit": 1})
    return _wire(principal, access, found)


def versions(principal: Principal, post_id: int) -> list[Row]:
    """Return the texts of a post, the newest first, for its author and moderators.

    Raises ``AppError``: as ``policies.post_in``, FORBIDDEN.
    """
    post, access = policies.post_in(principal, post_id)
    refuse_unless(access.moderates or post.author_id == principal.person_id)
    newest = {
        "number": post.version,
        "text": post.text,
        "writtenAt": post.edited_at or post.created_at,
    }
    earlier = DiscussionPostVersion.objects.filter(post_id=post_id).order_by("-number")
    return [
        newest,
        *({"number": one.number, "text": one.text, "writtenAt": one.written_at} for one in earlier),
    ]


def _wire(principal: Principal, access: ThreadAccess, one: Row) -> Row:
    is_own = one["author_id"] == principal.person_id
    is_gone, is_hidden = one["text"] == "", one["hidden_at"] is not None
    sees_hidden = is_own or access.moderates
    is_shown = not is_gone and (not is_hidden or sees_hidden)
    return {
        "id": one["id"],
        "threadId": one["thread_id"],
        "number": one["number"],
        "parentId": one["parent_id"],
        "author": None if is_gone else {"id": one["author_id"], "name": one["author_name"]},
        "text": one["text"] if is_shown else "",
        "mentions": one["mentions"] if is_shown else [],
        "isOwn": is_own,
        "isBest": one["is_best"] and not is_hidden,
        "isDeleted": is_gone,
        "isHidden": is_hidden,
        "hiddenReason": one["hidden_reason"] if is_hidden and sees_hidden else "",
        "createdAt": one["created_at"],
        "editedAt": one["edited_at"],
    }
