"""The state of a certificate, as SQL and as Python, which a test compares."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from optilearn.core.sql import quoted
from optilearn.recognition.models import Certificate

State = Certificate.State


def state_at(certificate: str = "k", at: str = "%(now)s") -> str:
    """The state as it reads at that moment."""
    k = certificate
    return (
        f"CASE WHEN {k}.revoked_at IS NOT NULL THEN {quoted(State.REVOKED)}"
        f" WHEN {k}.expires_at <= {at} THEN {quoted(State.EXPIRED)} ELSE {quoted(State.VALID)} END"
    )


def state_on(revoked_at: datetime | None, expires_at: datetime | None, at: datetime) -> str:
    """Return the state as it reads at that moment."""
    if revoked_at is not None:
        return State.REVOKED.value
    has_expired = expires_at is not None and expires_at <= at
    return State.EXPIRED.value if has_expired else State.VALID.value


def in_state(state: str, at: datetime) -> Q:
    """Return the condition of ``state_at`` for the ORM."""
    if state == State.REVOKED:
        return Q(revoked_at__isnull=False)
    not_revoked = Q(revoked_at__isnull=True)
    if state == State.EXPIRED:
        return not_revoked & Q(expires_at__lte=at)
    return not_revoked & (Q(expires_at__isnull=True) | Q(expires_at__gt=at))
