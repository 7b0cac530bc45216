"""Receipts of readers."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from optilearn.community.announcements.selectors.reading import check_may_read
from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.sql import change
from optilearn.core.tenancy.context import require_institution_id

_RECEIPT: Final = """
INSERT INTO community_announcementreceipt (institution_id, announcement_id, person_id, read_at)
VALUES (%(institution)s, %(announcement)s, %(person)s, %(now)s)
    ON CONFLICT (institution_id, announcement_id, person_id) DO NOTHING
"""


@transaction.atomic
def mark_read(*, principal: Principal, announcement_id: int) -> None:
    """Record that the principal has read it; the first time counts, on whichever device.

    An administrator who acts as somebody leaves no receipt of theirs. Raises ``AppError``
    NOT_FOUND.
    """
    check_may_read(principal, announcement_id)
    if principal.actor_id is not None:
        return
    change(
        _RECEIPT,
        {
            "institution": require_institution_id(),
            "announcement": announcement_id,
            "person": principal.person_id,
            "now": clock.now(),
        },
    )
