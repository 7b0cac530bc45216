"""Parents see their own children; whose these are is asked of OptiCRM."""

from __future__ import annotations

from typing import Final

from tests.support.permissions import PARENTS, Rule
from tests.support.twins import Twin

NO_OPTICRM: Final = frozenset({503})
"""It doesn't run beside the table."""


def lena(twin: Twin) -> dict[str, int]:
    return {"childId": twin.people["lena"].pk}


RULES: Final = [
    Rule(
        "GET",
        "/api/parent/children/{childId}/overview",
        PARENTS,
        params=lena,
        ok=NO_OPTICRM,
    ),
]
