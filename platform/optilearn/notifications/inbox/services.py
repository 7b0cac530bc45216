"""Mark messages as read."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core.access.policies import refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.notifications.inbox.selectors import inbox_of


@transaction.atomic
def mark_read(*, principal: Principal, ids: Collection[int] | None = None) -> int:
    """Mark these of the caller's messages as read, or all of them; return how many were new.

    Unknown ids and other people's are ignored. Raises ``AppError`` FORBIDDEN for an administrator
    who acts as somebody else: that person hasn't read anything.
    """
    refuse_unless(
        principal.actor_id is None,
        _("You are acting as somebody else, so you can't mark their messages as read."),
    )
    found = inbox_of(principal.person_id).filter(read_at=None)
    if ids is not None:
        found = found.filter(pk__in=set(ids))
    return found.update(read_at=now())
