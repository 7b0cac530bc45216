"""Means and deviations of whole numbers and decimals, right to the last digit.

The rows are added up as whole numbers, in units of the last decimal place: how many, their sum,
the sum of their squares. What follows is worked out of these, group by group and layer by layer,
and ends in the nearest double. So a measure is one number, whatever stands beside it, and large
values lose no digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from reports.catalog.model import Field, FieldType
from reports.compiler.guards import quoted
from reports.compiler.plan import Layer, Output

_MOST_DIGITS: Final = 38
_MOST_SCALE: Final = 20
"""Decimal places of squares that are counted in whole numbers."""
_DIGITS_OF_WHOLE: Final = 18
_HALF: Final = 50
"""Bits of the lower half of a large number: its products can be added up in 128 bits."""


@dataclass(frozen=True)
class Worked:
    """An aggregate: what is added up over the rows, and what is then worked out of it."""

    parts: tuple[Output, ...]
    layers: tuple[Layer, ...] = ()


def stacked(worked: Iterable[Worked]) -> tuple[Layer, ...]:
    """The layers of several aggregates, those that may stand beside each other in one."""
    return tuple(
        tuple(output for layer in level for output in layer)
        for level in zip_longest(*(w.layers for w in worked), fillvalue=())
    )


def mean(name: str, value: str, field: Field, only: str, *, is_large: bool) -> Worked:
    """The mean of ``value``, a field's column; ``only`` is a FILTER or nothing.

    ``is_large``: of a sum that a double can't hold; else such a sum is an error.
    """
    places = _places(field)
    count = f"count({value}){only}"
    total = _whole(f"sum({value}){only}", places, *_digits_of_sum(field))
    if not is_large:
        exact = f"CAST({total} AS DECIMAL(15,0))"
        bottom = f"nullif({count}, 0) * {10**places}"
        return Worked((Output(name, f"{_double(exact)} / {_double(bottom)}"),))
    n = quoted(f"{name}_n")
    parts = (Output(f"{name}_n", _huge(count)), Output(f"{name}_s", total))
    halves = _halves(name, quoted(f"{name}_s"), f"nullif({n} * {_power(places)}, 0)")
    quotient, rest = _quotient(name)
    last = (Output(name, f"{quoted(f'{name}_v')} + {quoted(f'{name}_w')}"),)
    return Worked(parts, (halves, quotient, rest, last))


def deviation(name: str, value: str, field: Field, only: str, *, is_large: bool) -> Worked:
    """The sample's deviation; ``is_large``: of values whose squares don't fit in 128 bits."""
    if is_large or 2 * _places(field) > _MOST_DIGITS:
        parts, layers, top = _large_squares(name, value, field, only)
    else:
        parts, layers, top = _squares(name, value, field, only)
    n = quoted(f"{name}_n")
    scale = _power(min(2 * _places(field), _MOST_SCALE))
    halves = _halves(name, top, f"nullif({n} * ({n} - 1), 0) * {scale}")
    if is_large:
        halves = (
            Output(f"{name}_th", f"coalesce({halves[0].sql}, {quoted(f'{name}_o')} * {n})"),
            Output(f"{name}_tl", f"coalesce({halves[1].sql}, 0)"),
            *halves[2:],
        )
    return Worked(parts, (*layers, halves, *_quotient(name), *_root(name, field)))


# -- what is added up


def _squares(
    name: str, value: str, field: Field, only: str
) -> tuple[tuple[Output, ...], tuple[Layer, ...], str]:
    """What is added up, and the squares' distance from the mean's, by the number of values."""
    places = _places(field)
    squares = f"sum({_square(value, field)}){only}"
    parts = (
        Output(f"{name}_n", _huge(f"count({value}){only}")),
        Output(f"{name}_s", _whole(f"sum({value}){only}", places, *_digits_of_sum(field))),
        Output(f"{name}_q", _whole(squares, 2 * places, 2 * _digits(field)[0], 2 * places)),
    )
    n, total, squared = (quoted(part.name) for part in parts)
    return parts, (), f"{n} * {squared} - {total} * {total}"


def _square(value: str, field: Field) -> str:
    """The square of a value: by itself DuckDB would hold it in 64 bits, if the value is."""
    digits, places = _digits(field)
    if _is_decimal(field) and 2 * digits <= _DIGITS_OF_WHOLE:
        return f"{value} * {value}"
    large = f"CAST({value} AS DECIMAL(38,{places}))" if _is_decimal(field) else _huge(value)
    return f"{large} * {large}"


def _large_squares(
    name: str, value: str, field: Field, only: str
) -> tuple[tuple[Output, ...], tuple[Layer, ...], str]:
    """The same in two halves of each value, of which no sum can be too large."""
    digits, places = _digits(field)
    large = f"CAST({value} AS DECIMAL(38,{places}))" if places else value
    whole = _whole(large, places, digits, places)
    high, low = f"({whole} >> {_HALF})", f"({whole} & {2**_HALF - 1})"
    sums = {
        "n": f"count({value})",
        "h": f"sum({high})",
        "l": f"sum({low})",
        "hh": f"sum({high} * {high})",
        "hl": f"sum({high} * {low})",
        "ll": f"sum({low} * {low})",
    }
    parts = tuple(Output(f"{name}_{part}", _huge(f"{sql}{only}")) for part, sql in sums.items())
    n, h, low_sum, hh, hl, ll = (quoted(f"{name}_{part}") for part in sums)
    total, middle, a, b = (quoted(f"{name}_{part}") for part in ("s", "m", "a", "b"))
    unit = 2**_HALF
    layers = (
        (Output(f"{name}_s", f"{h} * {unit} + {low_sum}"),),
        (Output(f"{name}_m", f"{total} // nullif({n}, 0)"),),
        (
            Output(f"{name}_r", f"{total} - {middle} * {n}"),
            Output(f"{name}_a", f"({middle} >> {_HALF})"),
            Output(f"{name}_b", f"({middle} & {unit - 1})"),
        ),
        (
            Output(f"{name}_x", f"{hh} - 2 * {a} * {h} + {n} * {a} * {a}"),
            Output(f"{name}_y", f"{hl} - {b} * {h} - {a} * {low_sum} + {n} * {a} * {b}"),
            Output(f"{name}_z", f"{ll} - 2 * {b} * {low_sum} + {n} * {b} * {b}"),
        ),
        _joined(name, unit),
    )
    centred, rest = quoted(f"{name}_c"), quoted(f"{name}_r")
    fits = f"{centred} < {2**126} // nullif({n}, 0)"
    top = f"CASE WHEN {fits} THEN {n} * {centred} - {rest} * {rest} END"
    return parts, layers, top


def _joined(name: str, unit: int) -> Layer:
    x, y, z = (quoted(f"{name}_{part}") for part in ("x", "y", "z"))
    fits = f"{x} < {2**124 // unit**2} AND abs({y}) < {2**123 // unit}"
    about = " + ".join(
        f"{_double(part)} * {factor}"
        for part, factor in ((x, f"{unit**2}.0"), (y, f"{2 * unit}.0"), (z, "1.0"))
    )
    return (
        Output(f"{name}_c", f"CASE WHEN {fits} THEN ({x} * {unit} + 2 * {y}) * {unit} + {z} END"),
        Output(f"{name}_o", about),
    )


# -- what is worked out: by two doubles, of which the second holds what the first has lost


def _halves(name: str, top: str, bottom: str) -> Layer:
    """Two whole numbers as two doubles each: the nearest one, and what is left."""
    found: list[Output] = []
    for letter, whole in (("t", top), ("d", bottom)):
        near = _double(f"({whole})")
        found.append(Output(f"{name}_{letter}h", near))
        found.append(Output(f"{name}_{letter}l", _double(f"(({whole}) - {_huge(near)})")))
    return tuple(found)


def _quotient(name: str) -> tuple[Layer, Layer]:
    """A quotient as two doubles."""
    top, more, bottom, rest = (quoted(f"{name}_{part}") for part in ("th", "tl", "dh", "dl"))
    value = quoted(f"{name}_v")
    left = _less(top, value, bottom)
    return (
        (Output(f"{name}_v", f"{top} / {bottom}"),),
        (Output(f"{name}_w", f"({left} + {more} - {value} * {rest}) / {bottom}"),),
    )


def _root(name: str, field: Field) -> tuple[Layer, ...]:
    """The double nearest to the root of a quotient."""
    value, rest, root = (quoted(f"{name}_{part}") for part in ("v", "w", "e"))
    more = 2 * _places(field) - _MOST_SCALE
    unit = f" / {10 ** (more // 2)}.0" if more > 0 else ""
    step = f"({_less(value, root, root)} + {rest}) / nullif(2 * {root}, 0)"
    return (
        (Output(f"{name}_e", f"sqrt(greatest(0.0, {value})) + 0 * {value}"),),
        (Output(name, f"({root} + coalesce({step}, 0.0)){unit}"),),
    )


def _less(value: str, one: str, two: str) -> str:
    """``value - one * two``, the product to its last digit: of halves that doubles can multiply."""
    a, c = (f"CAST(CAST({factor} AS FLOAT) AS DOUBLE)" for factor in (one, two))
    b, d = f"({one} - {a})", f"({two} - {c})"
    return f"({value} - {a} * {c} - {a} * {d} - {b} * {c} - {b} * {d})"


# -- numbers


def _is_decimal(field: Field) -> bool:
    return field.type is FieldType.DECIMAL


def _digits(field: Field) -> tuple[int, int]:
    """How many digits a value has at most, and how many of them after the point."""
    return field.digits if _is_decimal(field) else (_DIGITS_OF_WHOLE, 0)


def _places(field: Field) -> int:
    return _digits(field)[1]


def _digits_of_sum(field: Field) -> tuple[int, int]:
    digits, places = _digits(field)
    return digits + 10, places


def _power(places: int) -> str:
    return _huge(str(10**places))


def _huge(sql: str) -> str:
    return f"CAST({sql} AS HUGEINT)"


def _double(sql: str) -> str:
    return f"CAST({sql} AS DOUBLE)"


def _whole(sql: str, places: int, digits: int, scale: int) -> str:
    """A decimal in units of its last place; by its text where a product wouldn't fit."""
    if not places:
        return _huge(sql)
    if digits + scale <= _MOST_DIGITS:
        return _huge(f"{sql} * CAST({10**places} AS DECIMAL({places + 1},0))")
    return _huge(f"replace(CAST({sql} AS VARCHAR), '.', '')")
