"""Reads about posts, for messages. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from optilearn.community.discussions.rules import member, readable
from optilearn.community.models import DiscussionPost
from optilearn.core import clock
from optilearn.core.plaintext import preview
from optilearn.core.sql import compose, rows
from optilearn.courses.rules import COURSES
from optilearn.people.rules import PEOPLE

_CONCERNED: Final = compose(
    """
    SELECT p.id FROM community_discussionpost o
      JOIN community_discussionthread t
        ON t.institution_id = o.institution_id AND t.id = o.thread_id AND NOT t.is_hidden
      <course>
      JOIN <people> ON p.institution_id = o.institution_id AND p.id <> o.author_id
     WHERE o.id = %(post)s AND <readable> AND <member>
       AND p.id IN (
           SELECT s.person_id FROM community_discussionreader s
            WHERE s.institution_id = o.institution_id AND s.thread_id = t.id AND s.is_following
              AND s.followed_from < o.number
            UNION
           SELECT m.person_id FROM community_discussionmention m
            WHERE m.institution_id = o.institution_id AND m.post_id = o.id)
     ORDER BY p.id
    """,
    course=COURSES.joined("c", "o.course_id"),
    people=PEOPLE.aliased("p"),
    readable=readable("o"),
    member=member("c", "p"),
)
_STANDING: Final = compose(
    """
    SELECT o.id FROM community_discussionpost o
      JOIN community_discussionthread t
        ON t.institution_id = o.institution_id AND t.id = o.thread_id AND NOT t.is_hidden
     WHERE o.id = ANY(%(posts)s) AND <readable>
    """,
    readable=readable("o"),
)


@dataclass(frozen=True)
class NewPost:
    """A post, as a message tells of it."""

    id: int
    course_id: int
    course_title: str
    thread_id: int
    thread_title: str
    author_name: str
    excerpt: str


def new_post(post_id: int) -> NewPost:
    """Return a post that was written. One query."""
    found = DiscussionPost.objects.select_related("thread", "course", "author").get(pk=post_id)
    return NewPost(
        id=found.pk,
        course_id=found.course_id,
        course_title=found.course.title,
        thread_id=found.thread_id,
        thread_title=found.thread.title,
        author_name=found.author.name,
        excerpt=preview(found.text),
    )


def concerned_by(post_id: int) -> list[int]:
    """Return ids of followers and mentioned people who take part now, without the writer.

    Who began to follow after it was written isn't among them.
    Nobody's for a post that is hidden or deleted by now. One query, however many they are.
    """
    return [one["id"] for one in rows(_CONCERNED, {"post": post_id, "now": clock.now()})]


def gone_posts(post_ids: Collection[int]) -> set[int]:
    """Return those that are hidden, deleted, or not there. One query."""
    standing = {one["id"] for one in rows(_STANDING, {"posts": list(post_ids)})}
    return set(post_ids) - standing
