"""Liquid for messages: parsed once, rendered within limits, with values separated from text.

A value that a template prints with ``{{ }}`` never becomes Markdown. It is put into a slot, and
a mark stands for it until the Markdown is rendered: no name, title or comment that somebody typed
can become a link, a heading or HTML. It also allows caching of the rendered Markdown, as the
messages of two readers differ only in their slots.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TextIO
from zoneinfo import ZoneInfo

from liquid import BoundTemplate, Environment
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.capture_tag import CaptureNode, CaptureTag
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.builtin.tags.for_tag import ForNode, ForTag
from liquid.context import RenderContext
from liquid.exceptions import LiquidError, LocalNamespaceLimitError, OutputStreamLimitError
from liquid.stringify import to_liquid_string
from liquid.utils import ReadOnlyChainMap

from optilearn.notifications.rendering.errors import BrokenTemplateError
from optilearn.notifications.rendering.filters import CUSTOM_FILTERS, LIQUID_FILTERS, guarded
from optilearn.notifications.rendering.limits import Budget, check_pieces
from reports.bounded_cache import BoundedCache

MARK: Final = re.compile(r"vrq(\d+)qrv")
"""The mark of slot n: letters and digits, which Markdown and URLs leave alone."""
_TAGS: Final = frozenset(
    {"if", "unless", "case", "for", "break", "continue", "assign", "capture", "echo", "liquid",
     "comment", "#", "raw"}
)  # fmt: skip
"""Left out: tags that read other templates or write HTML, and counters."""
_INTERNAL: Final = frozenset({"content", "output", "illegal"})
_TURNING: Final = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_CONTROLS: Final = dict.fromkeys([*range(9), *range(11, 32), 127, *_TURNING])
"""Dropped characters; among them those that change the direction of the text after them."""


class MessageContext(RenderContext):
    """The context of one rendering: payload and helpers, no clock."""

    __slots__ = ("budget", "local_sizes", "slots", "written")

    def __init__(self, template: BoundTemplate, **kwargs: Any) -> None:
        super().__init__(template, **kwargs)
        # Liquid's own ``now`` and ``today`` would make another body of each attempt.
        self.scope = ReadOnlyChainMap(self.locals, self.globals, self.counters)
        self.budget = Budget()
        self.local_sizes: dict[str, int] = {}
        self.slots: list[str] = []
        self.written = 0

    def get(self, path: list[object], **kwargs: Any) -> object:
        """Look a name up, and count the value as read."""
        value = super().get(path, **kwargs)
        self.budget.count_read(value)
        return value

    def assign(self, key: str, val: Any) -> None:
        """Assign a local name; limit the size of all local values."""
        self.local_sizes[key] = self.budget.check_size(val)
        self.budget.count_work(len(self.local_sizes))
        if sum(self.local_sizes.values()) > MessageEnvironment.local_namespace_limit:
            raise LocalNamespaceLimitError("local namespace limit reached", token=None)
        self.locals[key] = val

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Count the iterations of a loop."""
        self.budget.count_rounds(length)

    def add_slot(self, value: str) -> str:
        """Put a value into a new slot; return its mark."""
        self.written += len(value)
        if self.written > MessageEnvironment.output_stream_limit:
            raise OutputStreamLimitError("the message is too long", token=None)
        if not value.isprintable():
            value = value.replace("\r\n", "\n").translate(_CONTROLS)
        self.slots.append(value)
        return f"vrq{len(self.slots) - 1}qrv"

    def filled(self, marked: str) -> str:
        """Return the text with the values in it."""
        return filled(marked, self.slots)


class _SlotNode(OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Write the mark of a slot instead of the value."""
        assert isinstance(context, MessageContext)
        value = self.expression.evaluate(context)
        context.budget.check_size(value)
        return buffer.write(context.add_slot(to_liquid_string(value, autoescape=False)))


class _Output(Output):
    node_class = _SlotNode


class _EchoNode(_SlotNode, EchoNode):
    """The same, written as a tag."""


class _Echo(EchoTag):
    node_class = _EchoNode


class _PlainCapture(CaptureNode):
    def _assign(self, context: RenderContext, buf: Any) -> None:
        assert isinstance(context, MessageContext)
        context.assign(self.name, context.filled(buf.getvalue()))


class _Capture(CaptureTag):
    node_class = _PlainCapture


class _ForNode(ForNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Count the length of the list before it is reversed or iterated."""
        assert isinstance(context, MessageContext)
        items = self.expression.iterable.evaluate(context)
        context.budget.check_size(range(len(items)) if isinstance(items, list) else items)
        return super().render_to_output(context, buffer)


class _For(ForTag):
    node_class = _ForNode


class MessageEnvironment(Environment):
    """Liquid with the tags and filters of messages, and resource limits."""

    context_depth_limit = 20
    block_nesting_limit = 10
    local_namespace_limit = 200_000
    output_stream_limit = 200_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Remove all tags and filters but those of messages."""
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: tag for name, tag in self.tags.items() if name in _TAGS | _INTERNAL}
        for tag in (_Output, _Echo, _Capture, _For):
            self.add_tag(tag)
        self.filters = {
            name: guarded(name, self.filters[name]) for name in LIQUID_FILTERS
        } | CUSTOM_FILTERS


ENVIRONMENT: Final = MessageEnvironment()
_FAULTS: Final = (
    LiquidError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError,
    RecursionError,
)  # fmt: skip
"""Exceptions of an expression that doesn't fit the payload, from Liquid or a filter."""


@dataclass(frozen=True)
class MarkedText:
    """A rendered template: text with marks, and the values of the slots."""

    text: str
    slots: list[str]

    def plain(self) -> str:
        """Return the text with its values in it."""
        return filled(self.text, self.slots)


def filled(marked: str, slots: list[str]) -> str:
    """Replace the marks by their values; a mark without a slot stays."""

    def value(mark: re.Match[str]) -> str:
        number = int(mark[1])
        return slots[number] if number < len(slots) else mark[0]

    return MARK.sub(value, marked) if slots else marked


def parsed(source: str) -> BoundTemplate:
    """Parse a template (cached). Raises ``LiquidError``."""
    if (found := _cache.get(source)) is None:
        found = _parse(source)
        _cache.put(source, found, _TEMPLATE_BYTES + _CHARACTER_BYTES * len(source))
    return found


def _parse(source: str) -> BoundTemplate:
    check_pieces(source)
    return ENVIRONMENT.from_string(source)


_cache: Final = BoundedCache[str, BoundTemplate](16 * 1024**2)
_TEMPLATE_BYTES: Final = 16 * 1024
_CHARACTER_BYTES: Final = 200
"""Upper bounds in bytes, measured; tests check them."""


def rendered(
    source: str, names: Mapping[str, object], *, zone: ZoneInfo, locale: str
) -> MarkedText:
    """Render a template with these names; unknown names are empty.

    Raises ``BrokenTemplateError``.
    """
    try:
        template = parsed(source)
        context = MessageContext(template, globals={**names, "_zone": zone, "_locale": locale})
        buffer = context.get_buffer()
        template.render_with_context(context, buffer)
    except _FAULTS as problem:
        raise BrokenTemplateError(str(getattr(problem, "message", None) or problem)) from problem
    return MarkedText(buffer.getvalue(), context.slots)
