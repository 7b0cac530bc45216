"""Resource limits of rendering: templates are programs of other people.

Liquid bounds nesting and output. It doesn't bound what a filter is given, how often, nor what
a list holds, so that a template of a few lines could keep a worker busy for hours or take all
of its memory. Everything is counted, nothing is timed: the same template fails always or never.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sized
from typing import Any, Final

from liquid.exceptions import LiquidSyntaxError, ResourceLimitError
from liquid.token import TOKEN_CONTENT, Token

MAX_SIZE: Final = 100_000
"""Letters and items of one value, with all that is in it."""
MAX_WORK: Final = 2_000_000
"""Letters and items that are looked at in all."""
MAX_ROUNDS: Final = 3_000
"""Rounds of all loops together."""
MAX_MARKUP: Final = 2_000
"""Letters from an opening ``{{`` or ``{%`` to its end."""
_READ_COST: Final = 4
_READ_SHARE: Final = 64
_OPENING: Final = re.compile(r"\{[{%]")
_CLOSING: Final = {"{{": "}}", "{%": "%}"}


class Budget:
    """The resources that a rendering has used so far."""

    def __init__(self) -> None:
        self.work = 0
        self.rounds = 0

    def count_work(self, work: int) -> None:
        """Note so much work. Raises ``ResourceLimitError``."""
        self.work += work
        if self.work > MAX_WORK:
            raise ResourceLimitError("that is too much work for a message", token=None)

    def count_read(self, value: object) -> None:
        """Note that a value is read, which is quicker than looking at all that is in it."""
        self.count_work(
            _READ_COST + (len(value) // _READ_SHARE if isinstance(value, str | list) else 0)
        )

    def check_size(self, value: object) -> int:
        """The size of a value that is looked at. Raises ``ResourceLimitError``."""
        size = size_of(value)
        if size > MAX_SIZE:
            raise ResourceLimitError("that is too long for a message", token=None)
        self.count_work(size)
        return size

    def count_rounds(self, rounds: int) -> None:
        """Note so many rounds of a loop. Raises ``ResourceLimitError``."""
        self.rounds += rounds
        if self.rounds > MAX_ROUNDS:
            raise ResourceLimitError("loop iteration limit reached", token=None)


def size_of(value: object) -> int:
    """Letters, digits and items of a value and of what is in it; above ``MAX_SIZE`` not exact."""
    size = 0
    rest: list[Any] = [value]
    while rest and size <= MAX_SIZE:
        one = rest.pop()
        size += _own_size(one)
        if size > MAX_SIZE:
            break
        if isinstance(one, Mapping):
            rest.extend(one.values())
        elif isinstance(one, list | tuple):
            rest.extend(one)
    return size


def _own_size(value: object) -> int:
    if isinstance(value, int):
        return 1 + value.bit_length() // 3
    try:
        return 1 + len(value) if isinstance(value, Sized) else 1
    except OverflowError:  # a range longer than any list
        return MAX_SIZE + 1


def check_pieces(source: str) -> None:
    """Refuse markup that never ends or is very long: reading it takes the square of its length.

    Raises ``LiquidSyntaxError``.
    """
    place = 0
    while opening := _OPENING.search(source, place):
        closing = _CLOSING[opening[0]]
        end = source.find(closing, opening.end())
        if (len(source) if end < 0 else end) - opening.start() > MAX_MARKUP:
            token = Token(TOKEN_CONTENT, opening[0], opening.start(), source)
            raise LiquidSyntaxError(f"'{closing}' is missing, or far away", token=token)
        place = opening.end() if end < 0 else end + len(closing)
