"""Badges, which are earned by counts alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.policies import ADMINS, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import compose, rows
from optilearn.people.rules import PEOPLE, active
from optilearn.recognition.events import BadgeOf
from optilearn.recognition.models import Badge
from optilearn.recognition.points.rules import earns
from optilearn.recognition.points.services.earning import announce

_EARNED_ALREADY: Final = compose(
    """
    INSERT INTO recognition_earnedbadge (institution_id, badge_id, student_id, earned_at)
    SELECT t.institution_id, b.id, t.student_id, %(now)s
      FROM recognition_badge b
      JOIN recognition_learnertotals t ON t.institution_id = b.institution_id AND <earns>
      <person> AND <active>
     WHERE b.id = %(badge)s AND b.is_active
     ORDER BY t.student_id
    ON CONFLICT (institution_id, student_id, badge_id) DO NOTHING
    RETURNING badge_id, student_id
    """,
    earns=earns(),
    person=PEOPLE.joined("p", "t.student_id"),
    active=active("p"),
)


@transaction.atomic
def add_badge(*, principal: Principal, values: Mapping[str, Any]) -> int:
    """Add a badge, which students whose counts meet it earn at once; return its id.

    Raises ``AppError``: FORBIDDEN, CONFLICT for a title that another has.
    """
    require(principal, ADMINS)
    badge = Badge(created_at=clock.now(), **values)
    _save(badge)
    audit.record(action="badge.create", actor=principal, target=f"badge:{badge.pk}")
    return badge.pk


@transaction.atomic
def update_badge(*, principal: Principal, badge_id: int, values: Mapping[str, Any]) -> None:
    """Change a badge. Who has it keeps it, and who meets its new rule earns it at once.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for a title that another has.
    """
    require(principal, ADMINS)
    badge = Badge.objects.select_for_update().filter(pk=badge_id).first()
    if badge is None:
        raise not_found()
    for name, value in values.items():
        setattr(badge, name, value)
    _save(badge)
    audit.record(
        action="badge.update",
        actor=principal,
        target=f"badge:{badge_id}",
        details={"fields": sorted(values)},
    )


def _save(badge: Badge) -> None:
    try:
        with transaction.atomic():
            badge.save()
    except IntegrityError as error:
        raise AppError(
            ErrorCode.CONFLICT, _("Another badge has this title."), [{"path": "/title"}]
        ) from error
    earned = rows(_EARNED_ALREADY, {"badge": badge.pk, "now": clock.now()})
    announce(tuple(BadgeOf(**one) for one in earned))
