"""Replay dead letters: an administrator decided that they be sent again."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from optilearn.core import audit
from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.notifications.delivery.results import add_history
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.outbox.rows import copy_outcome_to_items
from optilearn.notifications.outbox.wake_ups import wake_workers


@transaction.atomic
def replay(*, principal: Principal, delivery_ids: Sequence[int]) -> int:
    """Try FAILED deliveries again; return how many. Ids of all others are ignored.

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
    copy_outcome_to_items(ids)
    add_history(ids, "replayed", f"person {principal.person_id}")
    audit.record(action="notifications.replay", actor=principal, target="", details={"ids": ids})
    wake_workers({channel for _, channel in found})
    return len(ids)


@transaction.atomic
def replay_unresolved(*, principal: Principal, notification_ids: Sequence[int]) -> int:
    """Look up the recipients of FAILED notifications again, or continue with the rest.

    Return how many. Ids of all others, and of expired ones, are ignored. A person who has a
    delivery already gets no second one. Raises ``AppError`` FORBIDDEN.
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
        wake_workers(["expand"])
    return len(ids)
