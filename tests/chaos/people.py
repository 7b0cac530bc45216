"""Two thousand people, some of whom are asleep, and what they are told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.models import Institution
from optilearn.notifications import services
from optilearn.notifications.models import Preference, PushToken, ReaderProfile
from optilearn.notifications.registry import definition_of
from optilearn.people.models import Person

KEYS: Final = (
    "ENROLL_WELCOME",
    "PEER_REVIEW_ASSIGNED",
    "ASSESS_RETURNED",
    "DISCUSSION_REPLY",
    "ENROLL_COURSE_PUBLISHED",
)
SLEEPERS: Final = 10
"""Every tenth person is in their quiet hours when the storm begins."""


def set_up_people(people: int, wakes_at: datetime) -> tuple[int, list[int]]:
    """So many students, each with a device and an address; every second wants no mail."""
    institution = Institution.objects.create(
        slug="storm", crm_id="storm", name="Storm", time_zone="UTC"
    )
    with tenant_context(institution.pk):
        rows = Person.objects.bulk_create(
            Person(
                kind="STUDENT",
                role="STUDENT",
                crm_id=f"p{n}",
                code=f"p{n}",
                name=f"Person {n}",
                email=f"p{n}@example.org",
            )
            for n in range(people)
        )
        asleep = [row for n, row in enumerate(rows) if n % SLEEPERS == 0]
        start = (wakes_at - timedelta(hours=1)).time()
        ReaderProfile.objects.bulk_create(
            ReaderProfile(
                person=row,
                quiet_enabled=row in asleep,
                quiet_start=start if row in asleep else None,
                quiet_end=wakes_at.time() if row in asleep else None,
            )
            for row in rows
        )
        PushToken.objects.bulk_create(
            PushToken(
                person=row, token=f"device-{row.pk}", token_hash=str(row.pk).encode(),
                platform="ANDROID",
            )
            for row in rows
        )  # fmt: skip
        Preference.objects.bulk_create(
            Preference(person=row, key=key, email=False)
            for n, row in enumerate(rows)
            for key in KEYS
            if n % 2
        )
    return institution.pk, [row.pk for row in rows]


def messages(people: list[int], each: int) -> Iterator[tuple[str, int, dict[str, Any], str]]:
    """Key, person, payload and the name under which it is told once."""
    for n in range(each):
        key = KEYS[n % len(KEYS)]
        for person in people:
            data = dict(definition_of(key).example) | {"courseId": n, "courseTitle": f"Course {n}"}
            yield key, person, data, f"{n}:{person}"


def send_all(institution_id: int, people: list[int], each: int) -> int:
    """Tell everybody, whatever breaks meanwhile: what wasn't committed is told again."""
    sent = 0
    with tenant_context(institution_id):
        for key, person, data, once in messages(people, each):
            known = {name: data[name] for name in definition_of(key).names}
            while True:
                try:
                    services.send(key=key, to=person, data=known, once=once)
                    break
                except (OperationalError, InterfaceError, DatabaseError):
                    connection.close()
                    time.sleep(0.2)
            sent += 1
    return sent
