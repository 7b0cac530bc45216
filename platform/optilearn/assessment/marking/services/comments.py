"""Comments on passages of a submission's text."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.assignments import policies
from optilearn.assessment.models import Submission, SubmissionComment
from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.plaintext import plain_text


@dataclass(frozen=True)
class Anchor:
    """A passage of the plain text: where it begins and ends, in characters, and what it says."""

    start: int
    end: int
    quote: str


@transaction.atomic
def add_comment(
    *, principal: Principal, submission_id: int, text: str, anchor: Anchor | None
) -> None:
    """Comment on a passage of a submission, or on all of it; the student sees it at the release.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, VALIDATION_ERROR for a passage that isn't there.
    """
    submission = policies.managed_submission(principal, submission_id)
    if anchor is not None:
        _check_anchor(submission, anchor)
    created = SubmissionComment.objects.create(
        submission=submission,
        student_id=submission.student_id,
        author_id=principal.caller_id,
        start=anchor.start if anchor else None,
        end=anchor.end if anchor else None,
        quote=anchor.quote if anchor else "",
        text=text,
        created_at=clock.now(),
    )
    audit.record(
        action="submission.comment",
        actor=principal,
        target=f"submission:{submission_id}",
        details={"comment": created.pk},
    )


@transaction.atomic
def delete_comment(*, principal: Principal, comment_id: int) -> int:
    """Delete a comment; return the id of its submission.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    comment = SubmissionComment.objects.filter(pk=comment_id).first()
    if comment is None:
        raise not_found()
    submission = policies.managed_submission(principal, comment.submission_id)
    comment.delete()
    audit.record(
        action="submission.uncomment",
        actor=principal,
        target=f"submission:{submission.pk}",
        details={"comment": comment_id},
    )
    return submission.pk


def _check_anchor(submission: Submission, anchor: Anchor) -> None:
    """Offsets that were counted differently would hang the comment on other words."""
    found = plain_text(submission.text)[anchor.start : anchor.end]
    if not found or found != anchor.quote:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("The passage isn't at this place of the text."),
            [{"path": "/anchor/quote", "found": found[:200]}],
        )
