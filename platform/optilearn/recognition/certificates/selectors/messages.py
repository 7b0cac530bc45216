"""Reads about certificates, for messages. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from optilearn.core import clock
from optilearn.core.sql import compose, rows
from optilearn.people.rules import PEOPLE, active
from optilearn.recognition.certificates.rules import in_state
from optilearn.recognition.models import Certificate

REMIND_DAYS: Final = (90, 60, 30, 7)
"""Days before a certificate expires at which its holder is reminded."""

_EXPIRING: Final = compose(
    """
    SELECT k.id, k.student_id, k.course_title, k.expires_at, r.days
      FROM recognition_certificate k <person> AND <active>
     CROSS JOIN LATERAL (
           SELECT min(d.days) AS days FROM unnest(%(days)s::int[]) AS d (days)
            WHERE k.expires_at - make_interval(days => d.days) <= %(now)s) r
     WHERE k.revoked_at IS NULL AND k.expires_at > %(now)s AND k.expires_at <= %(until)s
       AND k.issued_at < k.expires_at - make_interval(days => r.days) AND k.id > %(after)s
     ORDER BY k.id LIMIT %(limit)s
    """,
    person=PEOPLE.joined("p", "k.student_id"),
    active=active("p"),
)


@dataclass(frozen=True)
class IssuedCertificate:
    """A certificate that its holder is to be notified of."""

    id: int
    student_id: int
    title: str
    number: str


@dataclass(frozen=True)
class ExpiringCertificate:
    """A valid certificate that expires soon, and the reminder that is due for it."""

    id: int
    student_id: int
    title: str
    expires_at: datetime
    days: int
    """One of ``REMIND_DAYS``: the nearest to its end of those that have come."""


def issued_certificates(ids: Collection[int]) -> list[IssuedCertificate]:
    """Return these certificates, by id. One query."""
    found = Certificate.objects.filter(pk__in=ids).order_by("id")
    return [
        IssuedCertificate(*one)
        for one in found.values_list("id", "student_id", "course_title", "number")
    ]


def expiring_certificates(*, after: int, limit: int) -> list[ExpiringCertificate]:
    """Return certificates for which a reminder has come, by id, from the one after. One query.

    A reminder that was passed when the certificate was issued isn't due.
    """
    now = clock.now()
    given = {
        "now": now,
        "until": now + timedelta(days=max(REMIND_DAYS)),
        "days": list(REMIND_DAYS),
        "after": after,
        "limit": limit,
    }
    return [
        ExpiringCertificate(
            one["id"], one["student_id"], one["course_title"], one["expires_at"], one["days"]
        )
        for one in rows(_EXPIRING, given)
    ]


def valid_certificates(ids: Collection[int]) -> set[int]:
    """Return those of these certificates that are valid now. One query."""
    found = Certificate.objects.filter(in_state(Certificate.State.VALID, clock.now()), pk__in=ids)
    return set(found.values_list("id", flat=True))
