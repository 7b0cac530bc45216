"""Arithmetic over measures: a tree of numbers, aggregates and ``+ - * /``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeAlias, TypeVar, Union

Leaf = TypeVar("Leaf")
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d*)?|\.\d+)|([A-Za-z_][\w.]*)|([-+*/()]))")


@dataclass(frozen=True)
class Op(Generic[Leaf]):
    """Two trees and what is done with them."""

    sign: str
    left: Tree[Leaf]
    right: Tree[Leaf]


Tree: TypeAlias = Union["Op[Leaf]", Decimal, Leaf]


def parse(text: str, named: Callable[[str], Tree[Leaf]]) -> Tree[Leaf]:
    """The formula as a tree; ``named`` says what a name stands for."""
    tokens = [m.group(1, 2, 3) for m in _TOKEN.finditer(text)]

    def chain(signs: str, part: Callable[[], Tree[Leaf]]) -> Tree[Leaf]:
        found = part()
        while tokens and tokens[0][2] and tokens[0][2] in signs:
            sign = tokens.pop(0)[2]
            found = Op(sign, found, part())
        return found

    def total() -> Tree[Leaf]:
        return chain("+-", product)

    def product() -> Tree[Leaf]:
        return chain("*/", single)

    def single() -> Tree[Leaf]:
        number, name, sign = tokens.pop(0)
        if number:
            return Decimal(number)
        if name:
            return named(name)
        if sign == "-":
            return Op("-", Decimal(0), single())
        assert sign == "(", text
        inner = total()
        tokens.pop(0)
        return inner

    return total()


def leaves(tree: Tree[Leaf]) -> Iterator[Leaf]:
    """The aggregates in a tree."""
    if isinstance(tree, Op):
        yield from leaves(tree.left)
        yield from leaves(tree.right)
    elif not isinstance(tree, Decimal):
        yield tree


def mapped(tree: Tree[Leaf], change: Callable[[Leaf], Leaf]) -> Tree[Leaf]:
    """The same tree over changed aggregates."""
    if isinstance(tree, Op):
        return Op(tree.sign, mapped(tree.left, change), mapped(tree.right, change))
    return tree if isinstance(tree, Decimal) else change(tree)


def worth(tree: Tree[Leaf], of: Callable[[Leaf], Any]) -> Any:
    """The value of a tree; NULL makes NULL, and so does a division by 0."""
    if isinstance(tree, Decimal):
        return int(tree) if tree == tree.to_integral_value() else float(tree)
    if not isinstance(tree, Op):
        return of(tree)
    left, right = worth(tree.left, of), worth(tree.right, of)
    if left is None or right is None or (tree.sign == "/" and right == 0):
        return None
    if tree.sign == "/":
        return float(left) / float(right)
    if not (isinstance(left, int) and isinstance(right, int)):
        left, right = float(left), float(right)
    return {"+": left + right, "-": left - right, "*": left * right}[tree.sign]
