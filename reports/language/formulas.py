"""Formulas: numbers and metrics combined by ``+ - * /`` and brackets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Final, Literal, cast

from reports.catalog.model import Catalog, FieldType
from reports.language.report import Arithmetic, Base, Formula, Number, Report

MAX_CHARACTERS: Final = 1_000
MAX_DEPTH: Final = 50
MAX_DIGITS: Final = 30
"""Of a number, on both sides of its point: what decimals hold, with room to calculate."""
_MAX_EXACT_DIGITS: Final = 12
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*"
    r"(?:\.[A-Za-z_][A-Za-z0-9_]*)*)|(?P<sign>[-+*/()]))"
)
_COUNTS: Final = frozenset(("count", "countDistinct"))
_TYPE_PRESERVING: Final = frozenset(("sum", "min", "max", "first", "last"))
Operator = Literal["+", "-", "*", "/"]


class FormulaError(ValueError):
    """The formula doesn't parse; the message says where."""


def parse_formula(text: str, formula_of: Callable[[str], Formula | None]) -> Formula | None:
    """The formula that ``text`` means; None if ``formula_of`` has no meaning for a name.

    Raises :class:`FormulaError`.
    """
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(f"This formula is longer than {MAX_CHARACTERS} characters.")
    return _Parser(_tokens(text), formula_of).parse()


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise FormulaError(f"The formula can't be read from character {at + 1} on.")
        found.append(match.group().strip())
        at = match.end()
    return found


class _Parser:
    """Recursive descent; an unknown name yields None, and the reading goes on."""

    def __init__(self, tokens: list[str], formula_of: Callable[[str], Formula | None]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._formula_of = formula_of
        self._is_known = True

    def parse(self) -> Formula | None:
        found = self._sum()
        if self._at < len(self._tokens):
            raise FormulaError(f'"{self._tokens[self._at]}" is not expected here in the formula.')
        return found if self._is_known else None

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _sum(self) -> Formula:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FormulaError("The formula has too many brackets inside each other.")
        found = self._product()
        while self._peek() in {"+", "-"}:
            op = cast("Operator", self._next())
            found = Arithmetic(op, found, self._product())
        self._depth -= 1
        return found

    def _product(self) -> Formula:
        found = self._factor()
        while self._peek() in {"*", "/"}:
            op = cast("Operator", self._next())
            found = Arithmetic(op, found, self._factor())
        return found

    def _factor(self) -> Formula:
        signs = 0
        while self._peek() in {"+", "-"}:
            signs += self._next() == "-"
        found = self._atom()
        return Arithmetic("-", Number(Decimal(0)), found) if signs % 2 else found

    def _atom(self) -> Formula:
        word = self._next()
        if word == "(":
            found = self._sum()
            if self._next() != ")":
                raise FormulaError("A bracket of the formula isn't closed.")
            return found
        if not word or word in "+-*/)":
            raise FormulaError("The formula lacks a number or a metric's name.")
        if word[0].isdigit() or word[0] == ".":
            if len(word.replace(".", "")) > MAX_DIGITS:
                raise FormulaError(f"A number of a formula has at most {MAX_DIGITS} digits.")
            return Number(Decimal(word))
        meant = self._formula_of(word)
        if meant is None:
            self._is_known = False
            return Number(Decimal(0))
        return meant


def bases_of(formula: Formula) -> tuple[Base, ...]:
    """The aggregates that a formula is made of, in the order in which they stand."""
    if isinstance(formula, Base):
        return (formula,)
    if isinstance(formula, Number):
        return ()
    return bases_of(formula.left) + bases_of(formula.right)


def bases_in(report: Report) -> tuple[Base, ...]:
    """All aggregates that a report's measures are made of, each once."""
    return tuple(dict.fromkeys(b for m in report.measures for b in bases_of(m.formula)))


def bases_about_people(report: Report, catalog: Catalog) -> tuple[Base, ...]:
    """Those over rows that each belong to a person, and of each entity all its rows."""
    about = [b for b in bases_in(report) if catalog.by_key[b.entity].scope.person]
    every = [universe_of(base) for base in about if base.window is None]
    return tuple(dict.fromkeys([*about, *every, *_differences(about)]))


def _differences(about: Iterable[Base]) -> Iterator[Base]:
    """The rows that one aggregate counts and another over the same rows doesn't.

    Two numbers may each be about many, and what lies between them about one.
    """
    for one, other in permutations(chosen_rows(about), 2):
        if universe_of(one) == universe_of(other):
            yield replace(one, without=other)


def chosen_rows(about: Iterable[Base]) -> tuple[Base, ...]:
    """The different choices of rows among aggregates, each as their count."""
    plain = (base for base in about if base.window is None and base.without is None)
    chosen = dict.fromkeys(_counted(base) for base in plain)
    return tuple(base for base in chosen if base != universe_of(base))


def _counted(base: Base) -> Base:
    """The count of an aggregate's rows with a value."""
    operand = base.operand
    has_all = operand is None or (operand.field.required and not operand.hops)
    return Base(
        base.entity,
        "count",
        operand=None if has_all else operand,
        where=base.where,
        conditions=base.conditions,
        shifts=base.shifts,
    )


def universe_of(base: Base) -> Base:
    """All rows of the entity, as far back as the aggregate's, of which it is about some."""
    return Base(base.entity, "count", shifts=base.shifts)


def with_bases(formula: Formula, changed: Callable[[Base], Base]) -> Formula:
    """The formula with each of its aggregates replaced."""
    if isinstance(formula, Base):
        return changed(formula)
    if isinstance(formula, Number):
        return formula
    return Arithmetic(
        formula.op, with_bases(formula.left, changed), with_bases(formula.right, changed)
    )


def value_over_nothing(formula: Formula) -> int | Decimal | float | None:
    """Return a formula's value where no measure has rows: counts and sums are 0, the rest NULL."""
    if isinstance(formula, Base):
        return 0 if formula.is_zero_over_nothing else None
    if isinstance(formula, Number):
        return formula.value
    left, right = value_over_nothing(formula.left), value_over_nothing(formula.right)
    if left is None or right is None or (formula.op == "/" and right == 0):
        return None
    one, other = Decimal(left), Decimal(right)
    worked = {
        "+": lambda: one + other,
        "-": lambda: one - other,
        "*": lambda: one * other,
        "/": lambda: one / other,
    }
    value = worked[formula.op]()
    return float(value) if type_of(formula) is FieldType.FLOAT else value


def type_of(formula: Formula) -> FieldType:
    """The type of a formula's values.

    Whole numbers stay whole and decimals exact under ``+ - *``; a division, or a product of
    two measured decimals (which would not fit), is floating.
    """
    if isinstance(formula, Base):
        return _type_of_base(formula)
    if isinstance(formula, Number):
        is_whole = formula.value == formula.value.to_integral_value()
        return FieldType.INTEGER if is_whole else FieldType.DECIMAL
    kinds = (type_of(formula.left), type_of(formula.right))
    if formula.op == "/" or FieldType.FLOAT in kinds:
        return FieldType.FLOAT
    if kinds == (FieldType.INTEGER, FieldType.INTEGER):
        return FieldType.INTEGER
    is_scaled = isinstance(formula.left, Number) or isinstance(formula.right, Number)
    is_product = formula.op == "*" and not is_scaled
    if is_product or _decimals(formula) > _MAX_EXACT_DIGITS:
        return FieldType.FLOAT
    return FieldType.DECIMAL


def _decimals(formula: Formula) -> int:
    """Count the decimal places of all numbers of a formula."""
    if isinstance(formula, Number):
        exponent = formula.value.as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0
    if isinstance(formula, Base):
        return 0
    return _decimals(formula.left) + _decimals(formula.right)


def _type_of_base(base: Base) -> FieldType:
    if base.agg in _COUNTS:
        return FieldType.INTEGER
    if base.agg == "listDistinct":
        return FieldType.LIST
    if base.operand and base.agg in _TYPE_PRESERVING:
        return base.operand.field.type
    return FieldType.FLOAT
