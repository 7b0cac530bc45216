"""Resource limits of rendering: templates are programs of other people.

Liquid limits nesting and output. It doesn't limit the arguments of filters, the number of calls,
or the content of lists, so that a template of a few lines could keep a worker busy for hours or
use all of its memory. Work is counted, not timed: a template fails always or never.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sized
from typing import Any, Final

from liquid.exceptions import LiquidSyntaxError, ResourceLimitError
from liquid.token import TOKEN_CONTENT, Token

MAX_SIZE: Final = 100_000
"""Characters and items of one value, nested ones included."""
MAX_WORK: Final = 2_000_000
"""Characters and items read in all."""
MAX_ROUNDS: Final = 3_000
"""Iterations of all loops together."""
MAX_MARKUP: Final = 2_000
"""Characters from an opening ``{{`` or ``{%`` to its end."""
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
        """Count work. Raises ``ResourceLimitError``."""
        self.work += work
        if self.work > MAX_WORK:
            raise ResourceLimitError("that is too much work for a message", token=None)

    def count_read(self, value: object) -> None:
        """Count the reading of a value, which costs less than processing it."""
        self.count_work(
            _READ_COST + (len(value) // _READ_SHARE if isinstance(value, str | list) else 0)
        )

    def check_size(self, value: object) -> int:
        """Count the size of a value as work; return it. Raises ``ResourceLimitError``."""
        size = size_of(value)
        if size > MAX_SIZE:
            raise ResourceLimitError("that is too long for a message", token=None)
        self.count_work(size)
        return size

    def count_rounds(self, rounds: int) -> None:
        """Count iterations of a loop. Raises ``ResourceLimitError``."""
        self.rounds += rounds
        if self.rounds > MAX_ROUNDS:
            raise ResourceLimitError("loop iteration limit reached", token=None)


def size_of(value: object) -> int:
    """Return the characters and items in a value, nested ones too; inexact above ``MAX_SIZE``."""
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
    """Refuse markup that never ends or is very long: parsing it takes quadratic time.

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
