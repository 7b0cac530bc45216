"""Permissions on learning paths: administrators manage them, students take them."""

from __future__ import annotations

from optilearn.core.access.policies import ADMINS, STAFF, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.recognition.models import LearningPath, PathMember
from optilearn.recognition.paths.rules import Status

STUDENTS = frozenset({Role.STUDENT})


def managed(principal: Principal, path_id: int, *, lock: bool = False) -> LearningPath:
    """Return a path for an administrator; ``lock`` locks its row.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    require(principal, ADMINS)
    return _found(path_id, lock=lock)


def visible(principal: Principal, path_id: int) -> tuple[LearningPath, PathMember | None]:
    """Return a path, and the calling student's membership.

    Administrators see all, other staff those that aren't drafts, students those that are
    published and open to them or that they take. At most two queries. Raises ``AppError``
    FORBIDDEN for parents, NOT_FOUND.
    """
    require(principal, STAFF | STUDENTS)
    found = _found(path_id)
    if principal.role in ADMINS:
        return found, None
    if found.status == Status.DRAFT:
        raise not_found()
    if principal.role is not Role.STUDENT:
        return found, None
    member = PathMember.objects.filter(path_id=path_id, student_id=principal.person_id).first()
    is_member = member is not None and member.left_at is None
    if not is_member and not (found.is_open and found.status == Status.PUBLISHED):
        raise not_found()
    return found, member if is_member else None


def _found(path_id: int, *, lock: bool = False) -> LearningPath:
    rows = LearningPath.objects.all()
    found = (rows.select_for_update(no_key=True) if lock else rows).filter(pk=path_id).first()
    if found is None:
        raise not_found()
    return found
