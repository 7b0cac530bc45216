"""Validation of templates, before anybody gets a message from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from liquid import BoundTemplate
from liquid.ast import Node
from liquid.builtin.expressions import (
    Filter,
    FilteredExpression,
    LoopExpression,
    Path,
    StringLiteral,
)
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.context import RenderContext
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.token import Token

from optilearn.notifications.definitions import Definition
from optilearn.notifications.rendering.engine import ENVIRONMENT, parsed, rendered
from optilearn.notifications.rendering.errors import BrokenTemplateError

_ANYTHING: Final = object()
"""A value that isn't known before rendering."""
_FORLOOP: Final[dict[str, object]] = dict.fromkeys(
    ("first", "index", "index0", "last", "length", "name", "rindex", "rindex0"), 1
) | {"parentloop": _ANYTHING}
_HELPERS: Final = ("firstName", "institutionName", "url")
_OF_ANY_LIST: Final = ("first", "last", "size")
_SAME_ITEMS: Final = frozenset(
    {"compact", "reject", "reverse", "sort", "sort_natural", "uniq", "where"}
)
"""Filters of lists that don't change the type of the items."""
_BY_NAME: Final = (_SAME_ITEMS - {"reverse"}) | {"map", "sum"}
"""Filters of lists whose first argument names a part of the items."""


@dataclass(frozen=True)
class Problem:
    """A problem of a template, with its place."""

    part: str
    """``title`` or ``body``."""
    line: int
    code: str
    """``syntax``, ``unknown_variable``, ``unknown_filter``, ``fails`` or ``empty``."""
    message: str
    hint: str = ""


def known_names(definition: Definition) -> dict[str, Any]:
    """Return the names that templates of a key may use, with an example of each.

    Locked keys have no unsubscribe URL.
    """
    unsubscribe = {} if definition.is_locked else {"unsubscribeUrl": "https://…"}
    return dict(definition.example) | dict.fromkeys(_HELPERS, "…") | unsubscribe


def problems_of(definition: Definition, title: str, body: str) -> list[Problem]:
    """Return all problems of a template of that key."""
    names = known_names(definition)
    return [*text_problems("title", title, names), *text_problems("body", body, names)]


def text_problems(part: str, source: str, names: Mapping[str, Any]) -> list[Problem]:
    """Return all problems of a text; ``names`` are those it may use, with an example of each."""
    try:
        template = parsed(source)
    except LiquidError as problem:
        return [_syntax(part, source, problem)]
    found = list(dict.fromkeys(_Checker(part, names).of(template)))
    if found:
        return found
    try:
        text = rendered(source, names, zone=ZoneInfo("UTC"), locale="en").plain()
    except BrokenTemplateError as fault:
        return [Problem(part, 1, "fails", _("Rendering fails with the example data: %s") % fault)]
    if not text.strip():
        return [Problem(part, 1, "empty", _("It renders empty with the example data."))]
    return []


def _syntax(part: str, source: str, problem: LiquidError) -> Problem:
    place = problem.context()
    line = place[0] if place else _line_of_failure(source, str(problem.message))
    return Problem(part, line, "syntax", str(problem.message or _("It isn't valid Liquid.")))


_MARKUP: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_MAX_MARKUP_SEARCHED: Final = 300
"""Templates with more markup aren't searched: that would take too long."""


def _line_of_failure(source: str, message: str) -> int:
    """Return the line of a mistake for which Liquid gives no place.

    It is in the first piece of markup with which the template fails with this message.
    """
    pieces = list(_MARKUP.finditer(source))
    found = 0
    for piece in reversed(pieces if len(pieces) <= _MAX_MARKUP_SEARCHED else []):
        if _failure(source[: piece.end()]) != message:
            break
        found = piece.start()
    return source.count("\n", 0, found) + 1


def _failure(source: str) -> str:
    try:
        parsed(source)
    except LiquidError as problem:
        return str(problem.message)
    return ""


def _line(token: Token) -> int:
    return token.source.count("\n", 0, max(token.start_index, 0)) + 1


class _Checker:
    """A pass through a template that tracks the known names in each scope."""

    def __init__(self, part: str, names: Mapping[str, Any]) -> None:
        self.part = part
        self.scopes: list[dict[str, Any]] = [dict(names)]

    def of(self, template: BoundTemplate) -> Iterator[Problem]:
        self.context = RenderContext(template)
        yield from self._nodes(template.nodes)

    def _nodes(self, nodes: Sequence[Node]) -> Iterator[Problem]:
        for node in nodes:
            for expression in node.expressions():
                yield from self._expression(expression)
            for name in node.template_scope():
                self.scopes[0][str(name)] = self._assigned(node)
            self.scopes.append(self._block(node))
            yield from self._nodes(list(node.children(self.context, include_partials=False)))
            self.scopes.pop()

    def _assigned(self, node: Node) -> Any:
        if isinstance(node, AssignNode) and isinstance(node.expression, FilteredExpression):
            value = self._value(node.expression.left)
            for used in node.expression.filters or []:
                value = _filtered(used.name, value)
            return value
        return _ANYTHING

    def _block(self, node: Node) -> dict[str, Any]:
        if not isinstance(node, ForNode):
            return {}
        loop: LoopExpression = node.expression
        return {str(loop.identifier): _item(self._value(loop.iterable)), "forloop": _FORLOOP}

    def _expression(self, expression: Expression) -> Iterator[Problem]:
        if isinstance(expression, Path):
            yield from self._path(expression)
        if isinstance(expression, FilteredExpression):
            value = self._value(expression.left)
            for used in expression.filters or []:
                yield from self._filter(used)
                yield from self._part_named(used, value)
                value = _filtered(used.name, value)
        for child in expression.children():
            yield from self._expression(child)

    def _filter(self, used: Filter) -> Iterator[Problem]:
        if used.name in ENVIRONMENT.filters:
            return
        message = _("There is no filter %s.") % used.name
        hint = _hint(used.name, list(ENVIRONMENT.filters))
        if used.name == "date":
            hint = _(
                "Use formatDate, which uses the reader's language and time zone: "
                '{{ dueAt | formatDate: "date" }}'
            )
        elif used.name in {"escape", "escape_once", "h"}:
            hint = _("Leave it out: values are escaped automatically.")
        yield Problem(self.part, _line(used.token), "unknown_filter", message, hint)

    def _part_named(self, used: Filter, value: Any) -> Iterator[Problem]:
        """Check the argument of ``map: "childName"``, which names a part of the list's items."""
        name = used.args[0].value if used.args and used.name in _BY_NAME else None
        known = _names_in(_item(value))
        if not isinstance(name, StringLiteral) or known is None or name.value in known:
            return
        message = _("%s isn't available here.") % name.value
        hint = _hint(name.value, known)
        yield Problem(self.part, _line(used.token), "unknown_variable", message, hint)

    def _path(self, path: Path) -> Iterator[Problem]:
        value: Any = {name: v for scope in self.scopes for name, v in scope.items()}
        for place, segment in enumerate(path.path):
            known = _names_in(value)
            if known is not None and isinstance(segment, str) and segment not in known:
                written = ".".join(str(step) for step in path.path[: place + 1])
                yield Problem(
                    self.part,
                    _line(path.token),
                    "unknown_variable",
                    _("%s isn't available here.") % written,
                    _hint(segment, known),
                )
                return
            value = _step(value, segment)

    def _value(self, expression: Expression) -> Any:
        if not isinstance(expression, Path):
            return _ANYTHING
        value: Any = {name: v for scope in self.scopes for name, v in scope.items()}
        for segment in expression.path:
            value = _step(value, segment)
        return value


def _names_in(value: Any) -> list[str] | None:
    """Return the names of a value's parts; None: unknown."""
    if value is _ANYTHING:
        return None
    if isinstance(value, Mapping):
        return sorted(value)
    if isinstance(value, list):
        return list(_OF_ANY_LIST)
    return ["size"] if isinstance(value, str) else []


def _step(value: Any, segment: object) -> Any:
    if isinstance(value, Mapping) and isinstance(segment, str):
        return value.get(segment, _ANYTHING)
    if isinstance(value, list) and segment != "size":
        return _item(value)
    return _ANYTHING


def _filtered(name: str, value: Any) -> Any:
    """Return the result of a filter, as far as its parts are known."""
    if name in {"first", "last"}:
        return _item(value)
    return value if name in _SAME_ITEMS and isinstance(value, list) else _ANYTHING


def _item(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else _ANYTHING


def _hint(name: str, known: Sequence[str]) -> str:
    if not known:
        return _("It has no fields.")
    near = get_close_matches(name, known, n=1)
    listed = _("Available: %s.") % ", ".join(sorted(known))
    return f"{_('Did you mean %s?') % near[0]} {listed}" if near else listed
