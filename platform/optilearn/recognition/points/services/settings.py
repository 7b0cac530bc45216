"""The points of an institution, and who is shown on leaderboards."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from optilearn.core import audit
from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.recognition.models import LearnerTotals, PointsRule


@transaction.atomic
def set_points(*, principal: Principal, points: Mapping[str, int]) -> None:
    """Set the points of kinds of achievements, for those to come.

    Raises ``AppError`` FORBIDDEN.
    """
    require(principal, ADMINS)
    for kind, value in sorted(points.items()):
        PointsRule.objects.update_or_create(kind=kind, defaults={"points": value})
    audit.record(
        action="points.rules", actor=principal, target="points", details={"points": dict(points)}
    )


@transaction.atomic
def set_visibility(*, principal: Principal, is_hidden: bool) -> None:
    """Show the calling student to others on leaderboards, or don't.

    Raises ``AppError`` FORBIDDEN for everybody but students.
    """
    require(principal, frozenset({Role.STUDENT}))
    LearnerTotals.objects.update_or_create(
        student_id=principal.person_id, defaults={"is_hidden": is_hidden}
    )
    audit.record(action="leaderboard.visibility", actor=principal)
