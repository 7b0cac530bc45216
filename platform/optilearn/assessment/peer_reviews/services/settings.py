"""The settings of an assignment's peer review."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.assignments.policies import QUIZ
from optilearn.assessment.models import PeerReviewSettings
from optilearn.assessment.peer_reviews import policies
from optilearn.assessment.peer_reviews.rules import is_over
from optilearn.assessment.peer_reviews.services.allocating import (
    close_reviews,
    locked_settings,
    mark_stale,
    top_up,
)
from optilearn.core import audit
from optilearn.core.access.principal import Principal
from optilearn.core.errors import invalid


@transaction.atomic
def update_settings(*, principal: Principal, assignment_id: int, values: Mapping[str, Any]) -> None:
    """Change what ``values`` names; reviews are assigned, opened again or closed accordingly.

    Results follow within a minute. Raises ``AppError``: FORBIDDEN, NOT_FOUND, VALIDATION_ERROR.
    """
    assignment = policies.managed_assignment(principal, assignment_id)
    if assignment.kind == QUIZ:
        raise invalid(_("Quizzes have no peer review."), "/peerReviewCount")
    PeerReviewSettings.objects.get_or_create(
        assignment=assignment,
        defaults={"course_id": assignment.course_id, "seed": secrets.randbelow(2**62)},
    )
    settings = locked_settings(assignment_id)
    if settings is None:  # the assignment was deleted meanwhile
        return
    for name, value in values.items():
        setattr(settings, name, value)
    is_early = (
        settings.due_at is not None
        and assignment.due_at is not None
        and settings.due_at <= assignment.due_at
    )
    if is_early and "due_at" in values:
        message = _("Reviews are due after the work itself.")
        raise invalid(message, "/peerReviewDueAt")
    settings.save()
    if is_over(settings):
        close_reviews(assignment_id)
    else:
        top_up(settings)
    mark_stale(assignment_id)
    audit.record(
        action="peer_review.settings",
        actor=principal,
        target=f"assignment:{assignment_id}",
        details={"fields": sorted(values)},
    )
