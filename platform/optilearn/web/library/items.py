"""The item that a page is about."""

from __future__ import annotations

from typing import Any, Final

from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.selectors import item_detail
from optilearn.core.access.principal import Principal

BASES: Final = {"/reports": Kind.REPORT, "/dashboards": Kind.DASHBOARD}
"""The addresses under which items of a kind stand."""


def item_context(principal: Principal, base: str, item_id: int) -> dict[str, Any]:
    """The values that every page about an item shows. Raises ``AppError`` NOT_FOUND."""
    item = item_detail(principal, item_id, BASES[base])
    return {
        "nav": base[1:],
        "chapter": "saved-reports" if base == "/reports" else "dashboards",
        "base": base,
        "home": f"{base}/{item_id}",
        "item": item,
        "is_board": base == "/dashboards",
    }


def number_in(text: str | None, default: int = 0) -> int:
    """The id or number that a form or an address holds; ``default`` for anything else."""
    text = text or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else default
