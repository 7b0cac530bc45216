"""Rules about messages: who may write to whom, and what is there to be read.

The fragments speak of messages, members and people by their aliases.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import product
from typing import Final

from optilearn.core.access.policies import ADMINS
from optilearn.core.access.roles import Role
from optilearn.core.sql import compose
from optilearn.courses.rules import COURSES, live, taught_by
from optilearn.enrollment.rules import ENROLLMENTS, opening

MAX_MEMBERS: Final = 20
"""People of one conversation."""
EDIT_WINDOW: Final = timedelta(minutes=15)
"""The time in which a message can be changed by its author."""


class Group(StrEnum):
    """The roles as the institution's rules name them."""

    STUDENT = "STUDENT"
    PARENT = "PARENT"
    TEACHER = "TEACHER"
    ADMIN = "ADMIN"
    OFFICE = "OFFICE"
    """All other staff: analysts, admissions, finance, the library."""


class Reach(StrEnum):
    """The people of a group whom somebody may write to first."""

    NOBODY = "NOBODY"
    SHARED_COURSE = "SHARED_COURSE"
    """Teachers and students of a course that they teach or take; parents stand for children."""
    ANYBODY = "ANYBODY"


Reaches = Mapping[tuple[Group, Group], Reach]
"""By writer and reader; all pairs."""

_STAFF: Final = (Group.TEACHER, Group.ADMIN, Group.OFFICE)
USUAL: Final[Reaches] = {
    **dict.fromkeys(product(Group, Group), Reach.NOBODY),
    **dict.fromkeys(product(_STAFF, Group), Reach.ANYBODY),
    **dict.fromkeys(product((Group.STUDENT, Group.PARENT), [Group.ADMIN]), Reach.ANYBODY),
    **dict.fromkeys(product((Group.STUDENT, Group.PARENT), [Group.TEACHER]), Reach.SHARED_COURSE),
}
"""The rules of an institution that stated none.

Staff write to everybody. Students and parents write to administrators and to the teachers of their
(children's) courses: not to each other, where nobody of the school would see it.
"""


def group_of(role: str) -> Group:
    """Return the group that the rules name a role by."""
    if role in ADMINS:
        return Group.ADMIN
    return Group(role) if role in {Role.STUDENT, Role.PARENT, Role.TEACHER} else Group.OFFICE


ROLES: Final = {group: [role.value for role in Role if group_of(role) is group] for group in Group}
"""The roles of each group."""


def stated(reaches: Mapping[str, Mapping[str, str]]) -> Reaches:
    """Return all pairs: those that an institution stated, the others as usual."""
    own = {
        (Group(writer), Group(reader)): Reach(reach)
        for writer, readers in reaches.items()
        for reader, reach in readers.items()
    }
    return {**USUAL, **own}


def readable(message: str = "o") -> str:
    """The message has a text, and nobody has hidden it."""
    return f"({message}.text <> '' AND {message}.hidden_at IS NULL)"


def is_readable(text: str, hidden_at: datetime | None) -> bool:
    """Return True if a message has a text, and nobody has hidden it."""
    return text != "" and hidden_at is None


def is_unread(message: str = "o", member: str = "m") -> str:
    """Somebody else's readable message beyond the member's read position."""
    return (
        f"({message}.number > {member}.last_read AND {message}.author_id <> {member}.person_id"
        f" AND {readable(message)})"
    )


OWN_COURSES: Final = compose(
    """
    own AS MATERIALIZED (
        SELECT c.id FROM <courses> WHERE <taught>
         UNION
        SELECT e.course_id FROM <enrollments> <course>
         WHERE e.student_id = ANY(%(learners)s::bigint[]) AND <opening> AND <live>)
    """,
    courses=COURSES.aliased("c"),
    enrollments=ENROLLMENTS.aliased("e"),
    course=COURSES.joined("c", "e.course_id"),
    taught=taught_by("%(writer)s"),
    opening=opening("e"),
    live=live("c"),
)
"""The courses that the writer teaches, or takes today: a part of WITH.

``learners`` are the students that they stand for: themselves, or a parent's children.
"""


def shares(person: str, learner: str) -> str:
    """The person teaches one of the ``own`` courses, or the student they stand for takes it."""
    return compose(
        """
        EXISTS (SELECT FROM own JOIN <courses> ON c.id = own.id
                 WHERE <taught> OR <live> AND EXISTS (
                       SELECT FROM <enrollments>
                        WHERE e.institution_id = c.institution_id AND e.course_id = c.id
                          AND e.student_id = <learner> AND <opening>))
        """,
        courses=COURSES.aliased("c"),
        enrollments=ENROLLMENTS.aliased("e"),
        taught=taught_by(person),
        opening=opening("e"),
        live=live("c"),
        learner=learner,
    )
