"""Parts of lists: headings that sort, and pagers whose links keep the filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

_AROUND = 2


@dataclass(frozen=True)
class Heading:
    """A column's heading; ``sort`` is the order it asks for, if it can be sorted by."""

    label: str
    sort: str = ""
    is_number: bool = False


def link_with(request: HttpRequest, **changes: Any) -> str:
    """Return this page's address with other parameters; None removes one."""
    query: QueryDict = request.GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return "?" + query.urlencode()


def headings(request: HttpRequest, columns: list[Heading], order: str) -> list[dict[str, Any]]:
    """Return the headings as the template ``components/headings.html`` draws them.

    ``order`` is the order in force; a leading ``-`` is downwards.
    """
    found = []
    for column in columns:
        state = ""
        if column.sort and order.lstrip("-") == column.sort.lstrip("-"):
            state = "descending" if order.startswith("-") else "ascending"
        other = column.sort if state != "ascending" else f"-{column.sort.lstrip('-')}"
        found.append(
            {
                "label": column.label,
                "is_number": column.is_number,
                "state": state,
                "href": link_with(request, order=other, page=None) if column.sort else "",
            }
        )
    return found


def pager(request: HttpRequest, *, total: int, page: int, per_page: int = 25) -> dict[str, Any]:
    """Return the pages around this one, for ``components/pager.html``."""
    pages = max(1, -(-total // per_page))
    near = range(max(1, page - _AROUND), min(pages, page + _AROUND) + 1)
    numbers: list[int | None] = list(near)
    if near.start > 1:
        numbers = [1, *([None] if near.start > 2 else []), *numbers]
    if near.stop - 1 < pages:
        numbers = [*numbers, *([None] if near.stop < pages else []), pages]
    return {
        "total": total,
        "first": (page - 1) * per_page + 1 if total else 0,
        "last": min(page * per_page, total),
        "pages": [
            {"number": n, "href": link_with(request, page=n) if n else "", "here": n == page}
            for n in numbers
        ],
        "previous": link_with(request, page=page - 1) if page > 1 else "",
        "next": link_with(request, page=page + 1) if page < pages else "",
        "many": pages > 1,
    }


def page_number(request: HttpRequest) -> int:
    """Return the page of a list that is asked for; anything odd is the first."""
    text = request.GET.get("page", "1")
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    return max(1, min(int(text), 100_000)) if is_number else 1
