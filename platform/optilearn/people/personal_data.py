"""The treatment of people and keys when a person is erased, and their columns in an export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from optilearn.core.personal_data import Rule, Treatment

RULES: Final = (
    Rule("people_apitoken", "person_id", Treatment.CASCADE, "A key of nobody opens nothing."),
)

NOT_PEOPLE: Final[Mapping[str, str]] = {
    "people_person.email": "the person's own, which is overwritten",
}
"""Plain columns that look as if they held a person's id or address, and what they hold."""
