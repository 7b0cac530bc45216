"""Dead letters: what failed for good is sent again because somebody looked at it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from optilearn.core import audit
from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.services.rows import share_fate
from optilearn.notifications.services.settling import note
from optilearn.notifications.services.waking import wake


@transaction.atomic
def replay(*, principal: Principal, delivery_ids: Sequence[int]) -> int:
    """Try FAILED deliveries anew; how many. Ids of others, and of what didn't fail, are left out.

    Raises ``AppError`` FORBIDDEN.
    """
    require(principal, ADMINS)
    rows = Delivery.objects.select_for_update().filter(
        pk__in=list(delivery_ids), status=Delivery.Status.FAILED, carrier=None
    )
    found = list(rows.values_list("id", "channel"))
    ids = [delivery_id for delivery_id, _ in found]
    Delivery.objects.filter(pk__in=ids).update(
        status=Delivery.Status.PENDING, reason="", due_at=now(), attempts=0, first_attempt_at=None
    )
    share_fate(ids)
    note(ids, "replayed", f"person {principal.person_id}")
    audit.record(action="notifications.replay", actor=principal, target="", details={"ids": ids})
    wake({channel for _, channel in found})
    return len(ids)


@transaction.atomic
def replay_unresolved(*, principal: Principal, notification_ids: Sequence[int]) -> int:
    """Look anew for the people of FAILED messages, or go on with the rest of them; how many.

    Ids of others, of what didn't fail and of what has expired are left out. Who has a delivery
    already gets no second one. Raises ``AppError`` FORBIDDEN.
    """
    require(principal, ADMINS)
    moment = now()
    rows = Notification.objects.select_for_update().filter(
        Q(expires_at=None) | Q(expires_at__gt=moment),
        pk__in=list(notification_ids),
        status=Notification.Status.FAILED,
    )
    ids = list(rows.values_list("id", flat=True))
    Notification.objects.filter(pk__in=ids).update(
        status=Notification.Status.EXPANDING, problem="", due_at=moment, attempts=0
    )
    audit.record(
        action="notifications.replay_unresolved", actor=principal, target="", details={"ids": ids}
    )
    if ids:
        wake(["expand"])
    return len(ids)
