"""What students think of a course: one rating each, changeable."""

from __future__ import annotations

import html
from typing import Final

import nh3
from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import require_institution_id
from optilearn.enrollment import policies
from optilearn.enrollment.services.enrolling import locked
from optilearn.enrollment.sql import change

MOST_COMMENT: Final = 2_000

_COUNT: Final = """
    UPDATE courses_course c SET rating_count = r.ratings, rating_total = r.stars
      FROM (SELECT count(*) AS ratings, coalesce(sum(stars), 0) AS stars
              FROM enrollment_courserating WHERE course_id = %(course)s) r
     WHERE c.id = %(course)s
"""


@transaction.atomic
def rate_course(*, principal: Principal, course_id: int, stars: int, comment: str = "") -> None:
    """Give, or give anew, 1 to 5 stars. The course's totals are kept with it.

    Raises ``AppError``: NOT_FOUND, FORBIDDEN for who is no student, ENROLLMENT_REQUIRED for
    who has no ACTIVE or COMPLETED enrollment.
    """
    policies.as_student(principal)
    found = policies.findable(principal, course_id)
    if found.enrollment is None or found.enrollment.status_now not in {"ACTIVE", "COMPLETED"}:
        raise AppError(ErrorCode.ENROLLMENT_REQUIRED, _("Only who takes the course can rate it."))
    locked(course_id)
    change(
        "INSERT INTO enrollment_courserating AS r"
        " (institution_id, course_id, student_id, stars, comment, created_at, updated_at)"
        " VALUES (%(institution)s, %(course)s, %(student)s, %(stars)s, %(comment)s, %(now)s,"
        "  %(now)s)"
        " ON CONFLICT (institution_id, course_id, student_id) DO UPDATE SET"
        "  stars = EXCLUDED.stars, comment = EXCLUDED.comment, updated_at = EXCLUDED.updated_at",
        {
            "institution": require_institution_id(),
            "course": course_id,
            "student": principal.person_id,
            "stars": stars,
            "comment": plain_text(comment),
            "now": clock.now(),
        },
    )
    change(_COUNT, {"course": course_id})
    audit.record(action="rating.give", actor=principal, target=f"course:{course_id}")


@transaction.atomic
def remove_rating(*, principal: Principal, course_id: int) -> None:
    """Take one's rating back. Raises ``AppError`` NOT_FOUND if there is none."""
    policies.as_student(principal)
    policies.findable(principal, course_id)
    locked(course_id)
    gone = change(
        "DELETE FROM enrollment_courserating WHERE course_id = %s AND student_id = %s",
        [course_id, principal.person_id],
    )
    if not gone:
        raise not_found()
    change(_COUNT, {"course": course_id})
    audit.record(action="rating.remove", actor=principal, target=f"course:{course_id}")


def plain_text(text: str) -> str:
    """The words without markup: tags are dropped until none is left, entities are characters."""
    text = text.replace("\x00", "")
    for _round in range(5):
        plain = html.unescape(nh3.clean(text, tags=set())).strip()
        if plain == text:
            break
        text = plain
    return text[:MOST_COMMENT]
