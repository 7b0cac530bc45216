"""Permissions on marking: managers of the course, and the student of a grade."""

from __future__ import annotations

from optilearn.assessment import policies
from optilearn.assessment.models import RegradeRequest
from optilearn.core.access.policies import STAFF, not_found
from optilearn.core.access.principal import Principal


def managed_request(principal: Principal, request_id: int, *, lock: bool = False) -> RegradeRequest:
    """Return a request in a course that the principal manages. Raises FORBIDDEN, NOT_FOUND."""
    found = _found(request_id, lock=lock)
    if found is None:
        raise not_found()
    policies.managed(principal, found.course_id)
    return found


def own_request(principal: Principal, request_id: int) -> RegradeRequest:
    """Return the caller's own request. Raises ``AppError`` NOT_FOUND."""
    found = _found(request_id, lock=False)
    if found is None or principal.role in STAFF or found.student_id != principal.person_id:
        raise not_found()
    return found


def _found(request_id: int, *, lock: bool) -> RegradeRequest | None:
    rows = RegradeRequest.objects.select_related("grade__assignment")
    if lock:
        rows = rows.select_for_update(no_key=True, of=("self",))
    return rows.filter(pk=request_id).first()
