"""Rules about discussions that reads, writes and messages share.

The fragments speak of posts, courses and people by their aliases; ``%(now)s`` is the moment.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from optilearn.core.access.policies import ADMINS
from optilearn.core.sql import any_of, compose
from optilearn.courses.rules import live, taught_by
from optilearn.enrollment.rules import ENROLLMENTS, holds_seat
from optilearn.people.rules import active

MAX_MENTIONS: Final = 20
"""People whom one post may mention, and who are notified of it."""


def readable(post: str = "o") -> str:
    """The post has a text, and no moderator has hidden it."""
    return f"({post}.text <> '' AND {post}.hidden_at IS NULL)"


def is_readable(text: str, hidden_at: datetime | None) -> bool:
    """Return True if a post has a text, and no moderator has hidden it."""
    return text != "" and hidden_at is None


def is_unread(post: str = "o", last_read: str = "coalesce(s.last_read, 0)") -> str:
    """Somebody else's readable post beyond the read position of ``%(person)s``."""
    return f"({post}.number > {last_read} AND {post}.author_id <> %(person)s AND {readable(post)})"


_MEMBER: Final = """
    (<active> AND (<p>.role IN <admins> OR <taught> OR <live> AND EXISTS (
        SELECT FROM <enrollments>
         WHERE e.institution_id = <c>.institution_id AND e.course_id = <c>.id
           AND e.student_id = <p>.id AND <holds_seat>
           AND (e.expires_at IS NULL OR e.expires_at > %(now)s))))
"""


def member(course: str = "c", person: str = "p") -> str:
    """The person takes part in the course's discussions today: as ``open_course`` has it."""
    return compose(
        _MEMBER,
        active=active(person),
        admins=any_of(*sorted(ADMINS)),
        taught=taught_by(f"{person}.id", course),
        live=live(course),
        enrollments=ENROLLMENTS.aliased("e"),
        holds_seat=holds_seat("e"),
        c=course,
        p=person,
    )
