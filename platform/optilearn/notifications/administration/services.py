"""What administrators decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from optilearn.core import audit
from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.institutions.services import change_setting
from optilearn.notifications.policy import SETTING, NotificationPolicy, policy_of


@transaction.atomic
def change_policy(*, principal: Principal, values: Mapping[str, Any]) -> NotificationPolicy:
    """Set what ``values`` names of the institution's rules. Raises ``AppError`` FORBIDDEN."""
    require(principal, ADMINS)
    changed = []

    def change(current: Any) -> Any:
        known = policy_of({SETTING: current}).model_dump()
        changed.append(NotificationPolicy.model_validate(known | dict(values)))
        return changed[0].model_dump(mode="json", by_alias=True)

    change_setting(key=SETTING, change=change)
    audit.record(
        action="notifications.policy",
        actor=principal,
        details={"fields": sorted(values)},
    )
    return changed[0]
