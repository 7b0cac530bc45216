"""Rules about announcements that reads, writes and messages share.

The fragments speak of an announcement and of a person by their aliases; ``%(now)s`` is the moment.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from optilearn.community.models import Announcement
from optilearn.core.access.roles import Role
from optilearn.core.sql import compose, quoted
from optilearn.courses.rules import COURSES, live, taught_by
from optilearn.enrollment.rules import ENROLLMENTS, opening
from optilearn.people.rules import active, active_student

Status = Announcement.Status


def shown(announcement: str = "a", at: str = "%(now)s") -> str:
    """The announcement is published, neither withdrawn nor past its end."""
    a = announcement
    return (
        f"({a}.status = {quoted(Status.PUBLISHED)}"
        f" AND ({a}.expires_at IS NULL OR {a}.expires_at > {at}))"
    )


def is_shown(status: str, expires_at: datetime | None, at: datetime) -> bool:
    """Return True if an announcement is published, neither withdrawn nor past its end."""
    return status == Status.PUBLISHED and (expires_at is None or expires_at > at)


_ADDRESSED: Final = """
    (<active> AND <p>.id <> <a>.author_id AND (
        <a>.is_for_everyone AND (<p>.role <> <parent> OR <a>.include_parents)
        OR <a>.roles @> ARRAY[<p>.role]
        OR <student> AND <p>.class_id <> '' AND <a>.class_ids @> ARRAY[<p>.class_id]
        OR <student> AND <p>.section_id <> '' AND <a>.section_ids @> ARRAY[<p>.section_id]
        OR EXISTS (
            SELECT FROM community_announcementcourse t <course>
             WHERE t.institution_id = <a>.institution_id AND t.announcement_id = <a>.id
               AND (<taught> OR <live> AND EXISTS (
                    SELECT FROM <enrollments>
                     WHERE e.institution_id = t.institution_id AND e.course_id = t.course_id
                       AND e.student_id = <p>.id AND <opening>)))))
"""


def addressed(announcement: str = "a", person: str = "p") -> str:
    """The person belongs to the announcement's audience today; the author never does.

    Of courses: teachers, and students whose enrollment opens lessons. Of classes and sections:
    active students. Parents are addressed by their role, or with everyone; those of the students
    are looked up in OptiCRM.
    """
    return compose(
        _ADDRESSED,
        active=active(person),
        student=active_student(person),
        parent=quoted(Role.PARENT),
        course=COURSES.joined("ac", "t.course_id"),
        taught=taught_by(f"{person}.id", "ac"),
        live=live("ac"),
        enrollments=ENROLLMENTS.aliased("e"),
        opening=opening("e"),
        a=announcement,
        p=person,
    )
