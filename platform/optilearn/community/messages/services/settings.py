"""The institution's rules of who may write to whom."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.community.messages.rules import Reaches
from optilearn.community.models import MessagingRules
from optilearn.core import audit, clock
from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.locking import lock_name
from optilearn.core.tenancy.context import require_institution_id


@transaction.atomic
def set_messaging_rules(*, principal: Principal, reaches: Reaches, version: int) -> None:
    """Set whom groups may write to; other pairs are as usual. Messages from now on are judged so.

    Raises ``AppError``: FORBIDDEN for everybody but administrators, CONFLICT if ``version`` isn't
    the newest.
    """
    require(principal, ADMINS)
    lock_name("community.messaging_rules", require_institution_id())  # there may be no row yet
    found = MessagingRules.objects.first() or MessagingRules(version=0, reaches={})
    if found.version != version:
        raise AppError(
            ErrorCode.CONFLICT,
            _("Somebody else has changed these rules. Reload them and try again."),
            {"version": found.version},
        )
    found.reaches = {}
    for (writer, reader), reach in reaches.items():
        found.reaches.setdefault(writer.value, {})[reader.value] = reach.value
    found.version, found.changed_at = version + 1, clock.now()
    found.save()
    audit.record(
        action="messaging.rules",
        actor=principal,
        target="messaging",
        details={"reaches": found.reaches, "version": found.version},
    )
