"""The submission that counts, and the others of its group, with their enrollments locked."""

from __future__ import annotations

from django.utils.translation import gettext as _

from optilearn.assessment.assignments import policies
from optilearn.assessment.gradebook.services.locks import lock_enrollments
from optilearn.assessment.models import Submission
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode


def lock_newest(
    principal: Principal, submission_id: int, *, with_group: bool
) -> tuple[Submission, list[Submission]]:
    """Return a student's newest submission, and those that were handed in with it.

    All of the group with ``with_group``, in the order of enrollments; else only the first. Of the
    others only those who haven't handed in again. Raises ``AppError``: FORBIDDEN, NOT_FOUND,
    CONFLICT with the newest one's id for an earlier submission.
    """
    submission = policies.managed_submission(principal, submission_id)
    together = [submission]
    if with_group and submission.group_key is not None:
        found = Submission.objects.select_related("assignment").filter(
            group_key=submission.group_key
        )
        together = list(found.order_by("enrollment_id"))
    lock_enrollments({one.enrollment_id for one in together})
    newest = _newest(submission.assignment_id, [one.enrollment_id for one in together])
    if newest[submission.enrollment_id] != submission.pk:
        raise AppError(
            ErrorCode.CONFLICT,
            _("The student has handed in again since. Open the newest submission."),
            {"newestId": newest[submission.enrollment_id]},
        )
    submission.refresh_from_db(fields=["status", "score"])
    # Its points may have changed while the enrollments were waited for.
    submission.assignment.refresh_from_db()
    return submission, [one for one in together if newest[one.enrollment_id] == one.pk]


def _newest(assignment_id: int, enrollment_ids: list[int]) -> dict[int, int]:
    found = Submission.objects.filter(
        assignment_id=assignment_id, enrollment_id__in=enrollment_ids
    ).order_by("submitted_at", "id")
    return dict(found.values_list("enrollment_id", "id"))
