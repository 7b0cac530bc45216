"""Names of submissions where markers see no names of students (docs/assignments.md#anonymous)."""

from __future__ import annotations

import hmac
from hashlib import sha256

from django.conf import settings
from django.utils.translation import gettext as _

from optilearn.assessment.models import Assignment, Grade
from optilearn.files.kinds import TYPES


def is_hidden(assignment: Assignment, grade: Grade | None) -> bool:
    """Return True while markers don't see whose work it is: until the grade is released."""
    return assignment.is_anonymous and (grade is None or grade.posted_at is None)


def code_of(assignment_id: int, enrollment_id: int) -> str:
    """Return six digits and letters that stand for a student in one assignment.

    The same for each of their submissions. Neither the order of names nor that of handing in can
    be read from it, nor can it be computed without the installation's secret.
    """
    text = f"submission:{assignment_id}:{enrollment_id}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, sha256).hexdigest()[:6].upper()


def label(assignment_id: int, enrollment_id: int) -> str:
    """Return a submission's name for markers: “Submission 4F2A91”."""
    return _("Submission %(code)s") % {"code": code_of(assignment_id, enrollment_id)}


def file_name(position: int, content_type: str) -> str:
    """Return a neutral name of a file: its place, with the ending of its type."""
    kind = TYPES.get(content_type)
    ending = "" if kind is None else f".{kind.extension}"
    return _("File %(number)d") % {"number": position} + ending
