"""Permissions on recordings: hosts manage them, who may enter the class may watch them."""

from __future__ import annotations

from optilearn.core.access.policies import STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.files.rows import FileRow
from optilearn.live import policies
from optilearn.live.models import Recording


def hosted_recording(principal: Principal, recording_id: int, *, lock: bool = False) -> Recording:
    """Return a recording of a class whose course the principal manages.

    Raises ``AppError`` as ``managed_course``.
    """
    refuse_unless(principal.role in STAFF)
    rows = Recording.objects.select_for_update() if lock else Recording.objects.all()
    found = rows.filter(pk=recording_id).first()
    if found is None:
        raise not_found()
    policies.hosted(principal, found.live_class_id)
    return found


def watchable(principal: Principal, recording_id: int) -> Recording:
    """Return a recording that is READY, for who may enter its class.

    Raises ``AppError`` as entering does; NOT_FOUND also for one that isn't READY.
    """
    refuse_unless(principal.role in STAFF or principal.role is Role.STUDENT)
    ready = Recording.objects.filter(pk=recording_id, status=Recording.Status.READY)
    found = ready.select_related("live_class").first()
    if found is None:
        raise not_found()
    check_may_watch(principal, found.live_class_id)
    return found


def check_may_watch(principal: Principal, class_id: int) -> policies.Visit:
    """Return the class, whose recordings the principal may watch.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, ENROLLMENT_REQUIRED, LESSON_LOCKED, FEE_OVERDUE.
    """
    visit = policies.visible(principal, class_id)
    policies.check_may_enter(principal, visit)
    return visit


def may_read_file(principal: Principal, file: FileRow) -> bool:
    """Return True if the principal may read a recording's file. Raises as ``check_may_watch``."""
    if principal.role not in STAFF and principal.role is not Role.STUDENT:
        return False
    found = Recording.objects.filter(file_id=file.id).first()
    if found is None:
        return False
    check_may_watch(principal, found.live_class_id)
    return True
