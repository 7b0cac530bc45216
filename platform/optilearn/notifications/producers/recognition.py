"""Notifications of certificates and badges."""

from __future__ import annotations

from typing import Final

from optilearn.core.events import subscribe
from optilearn.notifications.payloads import instant_key
from optilearn.notifications.services import Item, send_each
from optilearn.recognition.certificates.selectors.messages import (
    ExpiringCertificate,
    IssuedCertificate,
    expiring_certificates,
    issued_certificates,
)
from optilearn.recognition.events import BadgesEarned, CertificatesIssued
from optilearn.recognition.points.selectors import badge_titles

_CHUNK: Final = 500


def register() -> None:
    """Register the handlers; called once, when the app is ready."""
    subscribe(CertificatesIssued, notify_issued)
    subscribe(BadgesEarned, notify_earned)


def notify_issued(event: CertificatesIssued) -> None:
    """Notify the holders, once for each certificate."""
    for start in range(0, len(event.certificate_ids), _CHUNK):
        issued = issued_certificates(event.certificate_ids[start : start + _CHUNK])
        send_each(key="CERTIFICATE_ISSUED", items=[_issued(one) for one in issued])


def notify_earned(event: BadgesEarned) -> None:
    """Notify students of their new badges, once for each."""
    titles = badge_titles({one.badge_id for one in event.earned})
    for start in range(0, len(event.earned), _CHUNK):
        items = [
            Item(
                to=one.student_id,
                data={"badgeId": one.badge_id, "badgeTitle": titles[one.badge_id]},
                once=f"badge:{one.badge_id}:{one.student_id}",
            )
            for one in event.earned[start : start + _CHUNK]
        ]
        send_each(key="BADGE_EARNED", items=items)


def remind_expiring_certificates() -> int:
    """Remind of certificates that expire in 90, 60, 30 or 7 days; return how many are new.

    Each reminder is sent once. After a pause of the worker only the nearest to the end is sent:
    those before it have lost their meaning.
    """
    new, after = 0, 0
    while page := expiring_certificates(after=after, limit=_CHUNK):
        new += send_each(key="CERTIFICATE_EXPIRING", items=[_expiring(one) for one in page])
        after = page[-1].id
    return new


def _issued(one: IssuedCertificate) -> Item:
    return Item(
        to=one.student_id,
        data={"certificateId": one.id, "certificateTitle": one.title, "number": one.number},
        once=f"certificate:{one.id}",
    )


def _expiring(one: ExpiringCertificate) -> Item:
    return Item(
        to=one.student_id,
        data={
            "certificateId": one.id,
            "certificateTitle": one.title,
            "expiresAt": one.expires_at,
        },
        once=f"certificate:{one.id}:{instant_key(one.expires_at)}:{one.days}",
        expires_at=one.expires_at,
    )
