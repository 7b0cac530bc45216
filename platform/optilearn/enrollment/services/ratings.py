"""Ratings of courses: one of each student, which can be changed."""

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
from optilearn.courses.services.seats import write_rating
from optilearn.enrollment import policies
from optilearn.enrollment.models import CourseRating
from optilearn.enrollment.rules import is_holding
from optilearn.enrollment.services.enrolling import locked

MAX_COMMENT: Final = 2_000

_COUNT: Final = """
    SELECT count(*), coalesce(sum(r.stars), 0) FROM enrollment_courserating r
     WHERE r.institution_id = c.institution_id AND r.course_id = c.id
"""


@transaction.atomic
def rate_course(*, principal: Principal, course_id: int, stars: int, comment: str = "") -> None:
    """Give, or give anew, 1 to 5 stars. The course's totals are kept with it.

    Raises ``AppError``: NOT_FOUND, FORBIDDEN for who is no student, ENROLLMENT_REQUIRED for
    who has no ACTIVE or COMPLETED enrollment.
    """
    policies.as_student(principal)
    found = policies.findable(principal, course_id)
    if found.enrollment is None or not is_holding(found.enrollment.status_now):
        raise AppError(
            ErrorCode.ENROLLMENT_REQUIRED, _("Only students of this course can rate it.")
        )
    locked(course_id)
    moment = clock.now()
    rating = CourseRating(
        course_id=course_id,
        student_id=principal.person_id,
        stars=stars,
        comment=plain_text(comment),
        created_at=moment,
        updated_at=moment,
    )
    CourseRating.objects.bulk_create(
        [rating],
        update_conflicts=True,
        unique_fields=["institution", "course", "student"],
        update_fields=["stars", "comment", "updated_at"],
    )
    write_rating(course_id, _COUNT)
    audit.record(action="rating.give", actor=principal, target=f"course:{course_id}")


@transaction.atomic
def remove_rating(*, principal: Principal, course_id: int) -> None:
    """Take one's rating back. Raises ``AppError`` NOT_FOUND if there is none."""
    policies.as_student(principal)
    policies.findable(principal, course_id)
    locked(course_id)
    own = CourseRating.objects.filter(course_id=course_id, student_id=principal.person_id)
    gone, _by_model = own.delete()
    if not gone:
        raise not_found()
    write_rating(course_id, _COUNT)
    audit.record(action="rating.remove", actor=principal, target=f"course:{course_id}")


def plain_text(text: str) -> str:
    """Return the words without markup: tags are dropped, entities become characters."""
    text = text.replace("\x00", "")
    for _round in range(5):
        plain = html.unescape(nh3.clean(text, tags=set())).strip()
        if plain == text:
            break
        text = plain
    return text[:MAX_COMMENT]
