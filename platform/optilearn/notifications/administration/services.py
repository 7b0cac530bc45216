"""Writes of administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from optilearn.core import audit
from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.institutions.services import change_setting
from optilearn.notifications.policy import (
    SETTING,
    NotificationPolicy,
    policy_of,
    refuse_empty_quiet_hours,
)


@transaction.atomic
def change_policy(*, principal: Principal, values: Mapping[str, Any]) -> NotificationPolicy:
    """Set what ``values`` names of the institution's rules; what is never set is the default.

    Raises ``AppError`` FORBIDDEN, VALIDATION_ERROR for quiet hours without a length.
    """
    require(principal, ADMINS)
    changed = []

    def change(current: Any) -> Any:
        known = policy_of({SETTING: current}).model_dump(exclude_unset=True)
        wanted = dict(values)
        if "quiet_hours" in wanted:
            wanted["quiet_hours"] = known.get("quiet_hours", {}) | wanted["quiet_hours"]
        changed.append(NotificationPolicy.model_validate(known | wanted))
        return changed[0].model_dump(mode="json", by_alias=True, exclude_unset=True)

    change_setting(key=SETTING, change=change)
    quiet = changed[0].quiet_hours
    if "quiet_hours" in values and quiet.enabled:
        refuse_empty_quiet_hours(quiet.start, quiet.end)
    audit.record(
        action="notifications.policy",
        actor=principal,
        details={"fields": sorted(values)},
    )
    return changed[0]
