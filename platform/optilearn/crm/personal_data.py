"""The treatment of what OptiCRM is told when a person is erased, and their columns in an export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from optilearn.core.personal_data import Rule, Treatment

RULES: Final = (
    Rule(
        "crm_completionoutbox",
        "student_id",
        Treatment.CASCADE,
        "OptiCRM erases by itself; what it wasn't told yet it needn't hear.",
    ),
)

NOT_PEOPLE: Final[Mapping[str, str]] = {
    "crm_completionoutbox.enrollment_id": "an enrollment's",
}
"""Plain columns that look as if they held a person's id or address, and what they hold."""
