"""The institution's rules, as administrators see them."""

from __future__ import annotations

from typing import Any

from optilearn.community.messages.rules import stated
from optilearn.community.models import MessagingRules
from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal


def messaging_rules(principal: Principal) -> dict[str, Any]:
    """Return whom each group may write to first, and the rules' version. One query.

    Raises ``AppError`` FORBIDDEN for everybody but administrators.
    """
    require(principal, ADMINS)
    found = MessagingRules.objects.first()
    reaches = stated(found.reaches if found else {})
    return {
        "version": found.version if found else 0,
        "pairs": [
            {"from": writer, "to": reader, "reach": reach}
            for (writer, reader), reach in reaches.items()
        ],
    }
