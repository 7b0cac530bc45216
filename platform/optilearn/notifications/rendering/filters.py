"""The filters of templates: ours, and those of Liquid that are useful in a message.

Left out are filters that write HTML (printed values are text, and are escaped), and ``date``,
which ignores the reader's zone and language.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from liquid.context import RenderContext
from liquid.exceptions import FilterArgumentError
from liquid.filter import with_context
from liquid.undefined import Undefined

from optilearn.notifications.links import absolute
from optilearn.notifications.rendering import dates
from optilearn.notifications.rendering.limits import MAX_SIZE, Budget

Filter = Callable[..., Any]

LIQUID_FILTERS: Final = (
    "abs", "at_least", "at_most", "ceil", "divided_by", "floor", "minus", "modulo", "plus",
    "round", "times",
    "append", "capitalize", "downcase", "lstrip", "prepend", "remove", "remove_first", "replace",
    "replace_first", "rstrip", "slice", "split", "squish", "strip", "strip_newlines", "truncate",
    "truncatewords", "upcase", "url_encode",
    "compact", "concat", "first", "join", "last", "map", "reject", "reverse", "size", "sort",
    "sort_natural", "sum", "uniq", "where",
    "default",
)  # fmt: skip
"""Liquid's filters that templates may use."""

_MULTIPLYING: Final = frozenset({"replace", "join"})
"""Filters whose result can be as long as the product of their arguments."""


def guarded(name: str, apply: Filter) -> Filter:
    """Wrap a filter so that it refuses values larger than a message needs."""

    @wraps(apply)
    def within(value: Any, *args: Any, context: Any, **kwargs: Any) -> Any:
        budget: Budget = context.budget
        sizes = [budget.check_size(part) for part in (value, *args)]
        if name in _MULTIPLYING and sizes[0] * max(sizes[1:], default=1) > MAX_SIZE:
            raise FilterArgumentError(f"{name}: that is too long for a message", token=None)
        result = apply(value, *args, **kwargs)
        budget.check_size(result)
        return result

    guarding: Filter = with_context(within)
    return guarding


@with_context
def format_date(value: object, style: object = "datetime", *, context: RenderContext) -> str:
    """``{{ dueAt | formatDate: "date" }}``: in the reader's zone and language."""
    if isinstance(value, Undefined):
        return ""
    zone, locale = cast("ZoneInfo", context.globals["_zone"]), str(context.globals["_locale"])
    try:
        return dates.written(value, style=str(style), zone=zone, locale=locale)
    except ValueError as problem:
        raise FilterArgumentError(str(problem), token=None) from problem


def course_url(value: object) -> str:
    """``{{ courseId | courseUrl }}``: the absolute address of a course's page."""
    return "" if isinstance(value, Undefined) or value is None else absolute(f"/courses/{value}")


CUSTOM_FILTERS: Final[dict[str, Filter]] = {"formatDate": format_date, "courseUrl": course_url}
"""The product's own filters."""
