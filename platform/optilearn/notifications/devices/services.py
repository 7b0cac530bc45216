"""Writes about devices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from optilearn.core import audit
from optilearn.core.access.policies import not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.tenancy.context import require_institution_id
from optilearn.notifications.models import PushToken

MAX_DEVICES: Final = 20
"""Devices of one person; one more replaces the one unseen for longest."""
_REGISTER: Final = """
INSERT INTO notifications_pushtoken
       (institution_id, person_id, token, token_hash, platform, created_at, last_seen_at)
VALUES (%(institution)s, %(person)s, %(token)s, %(hash)s, %(platform)s, %(now)s, %(now)s)
    ON CONFLICT (institution_id, token_hash) DO UPDATE
   SET person_id = excluded.person_id, platform = excluded.platform,
       last_seen_at = excluded.last_seen_at
RETURNING id, (xmax = 0) AS is_new
"""


@transaction.atomic
def register_device(*, principal: Principal, token: str, platform: str) -> tuple[int, bool]:
    """Register the device for the person's pushes; return its id, and True if it is new.

    The token of another person moves: a device belongs to the person who is signed in on it, and
    must not show the former person's messages. Raises ``AppError`` FORBIDDEN for an administrator
    who acts as somebody else: that person's pushes would go on to the administrator's device.
    """
    refuse_unless(
        principal.actor_id is None,
        _("You are acting as somebody else, so you can't register a device for their messages."),
    )
    values: dict[str, int | str | bytes | datetime] = {
        "institution": require_institution_id(),
        "person": principal.person_id,
        "token": token,
        "hash": hashlib.sha256(token.encode()).digest(),
        "platform": platform,
        "now": now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_REGISTER, values)
        key, is_new = cursor.fetchone()
    _forget_oldest(principal.person_id)
    if is_new:
        audit.record(action="device.register", actor=principal, target=str(key))
    return key, is_new


def _forget_oldest(person_id: int) -> None:
    """Remove the surplus; concurrent registrations may leave one too many until the next."""
    mine = PushToken.objects.filter(person_id=person_id).order_by("-last_seen_at", "-id")
    surplus = list(mine.values_list("pk", flat=True)[MAX_DEVICES : MAX_DEVICES * 2])
    if surplus:
        PushToken.objects.filter(pk__in=surplus).delete()


@transaction.atomic
def forget_device(*, principal: Principal, device_id: int) -> None:
    """Send no more pushes to one of the person's own devices. Raises ``AppError`` NOT_FOUND."""
    gone, _by_model = PushToken.objects.filter(pk=device_id, person_id=principal.person_id).delete()
    if not gone:
        raise not_found()
    audit.record(action="device.forget", actor=principal, target=str(device_id))


def forget_devices_of(person_id: int) -> int:
    """Delete all of the person's devices, as they are signed out everywhere; return how many.

    A device that is signed in again registers itself when it starts.
    """
    gone, _by_model = PushToken.objects.filter(person_id=person_id).delete()
    return gone


def remove_tokens(ids: Iterable[int]) -> int:
    """Delete devices whose tokens Firebase reported as dead; return how many."""
    gone, _by_model = PushToken.objects.filter(pk__in=list(ids)).delete()
    return gone
