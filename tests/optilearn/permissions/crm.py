"""Classes are for the staff, children for their parents."""

from __future__ import annotations

from typing import Final

from tests.support.permissions import PARENTS, STAFF, Rule

RULES: Final = [
    Rule("GET", "/api/classes", STAFF),
    # Whose parent one is is asked of OptiCRM, which doesn't run beside the table: 503.
    Rule("GET", "/api/parent/children", PARENTS, ok=frozenset({503})),
]
