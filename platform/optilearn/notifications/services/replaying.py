"""Dead letters: what failed for good is sent again because somebody looked at it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from optilearn.core import audit
from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.notifications.models import Delivery
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
    Delivery.objects.filter(carrier_id__in=ids).update(status=Delivery.Status.PENDING, reason="")
    note(ids, "replayed", f"person {principal.person_id}")
    audit.record(action="notifications.replay", actor=principal, target="", details={"ids": ids})
    wake({channel for _, channel in found})
    return len(ids)
