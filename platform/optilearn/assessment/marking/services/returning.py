"""Work that is returned for revision."""

from __future__ import annotations

from django.db import transaction

from optilearn.assessment.events import SubmissionsReturned
from optilearn.assessment.marking.services.handed_in import lock_newest
from optilearn.assessment.models import Submission
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.events import publish


@transaction.atomic
def return_work(*, principal: Principal, submission_id: int, comment: str) -> None:
    """Return a student's newest submission for revision, and those of the group.

    They may hand in once more, even if all attempts are used. A grade stays until the next.
    Returning it again changes the comment. Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT
    for an earlier submission.
    """
    submission, together = lock_newest(principal, submission_id, with_group=True)
    keys = [one.pk for one in together]
    Submission.objects.filter(pk__in=keys).update(
        status=Submission.Status.RETURNED, returned_at=clock.now(), return_comment=comment
    )
    audit.record(action="submission.return", actor=principal, target=f"submission:{submission.pk}")
    publish(SubmissionsReturned(tuple(keys), comment))
