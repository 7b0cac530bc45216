"""Filling and emptying the outboxes."""

from __future__ import annotations

import hashlib
from typing import Any

from optilearn.notifications import services
from optilearn.notifications.models import Delivery, PushToken
from optilearn.people.models import Person
from tests.optilearn.notifications.support import NOON, notified, payload


def send(person: Person, key: str = "ENROLL_WELCOME", **changes: Any) -> Delivery:
    services.send(key=key, to=person.pk, data=payload(key, **changes))
    return notified(person)[-1]


def mail() -> None:
    from worker.mailing import deliver_emails

    deliver_emails()


def push() -> None:
    from worker.pushing import deliver_pushes

    deliver_pushes()


def device(person: Person, token: str) -> PushToken:
    digest = hashlib.sha256(token.encode()).digest()
    return PushToken.objects.create(
        person=person, token=token, token_hash=digest, platform="ANDROID", last_seen_at=NOON
    )
