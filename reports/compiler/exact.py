"""Means and deviations of whole numbers and decimals, right to the last digit.

The rows are added up as whole numbers, in units of the last decimal place: how many, their sum,
the sum of their squares. What follows is calculated from these, group by group and layer by layer,
and ends in the nearest double. So a measure is one number, whatever is asked with it, and large
values lose no digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations_with_replacement, zip_longest
from typing import Final

from reports.catalog.model import Field, FieldType
from reports.compiler.guards import quoted
from reports.compiler.plan import Layer, Output

_MAX_DIGITS: Final = 38
_MAX_SCALE: Final = 20
"""Decimal places of squares that are counted in whole numbers."""
_DIGITS_OF_WHOLE: Final = 18
_BITS: Final = 43
"""Bits of each third of a large number: products of thirds can be added up in 128 bits."""
_UNIT: Final = 2**_BITS
_SPLIT: Final = f"{2**27 + 1}.0"
"""The factor that splits off the upper half of a double's bits (Veltkamp)."""
_FITTING: Final = 2**83
"""Below it, a number has room for another third."""


@dataclass(frozen=True)
class Worked:
    """An aggregate: what is added up over the rows, and what is then calculated from it."""

    parts: tuple[Output, ...]
    layers: tuple[Layer, ...] = ()


def stacked(worked: Iterable[Worked]) -> tuple[Layer, ...]:
    """The layers of several aggregates, those that may share one."""
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
    """The sample's deviation; ``is_large``: of values whose squares don't fit in 128 bits.

    Those are squared in thirds, so that no sum is too large: it depends on no other measure.
    """
    is_large = is_large or 2 * _places(field) > _MAX_DIGITS
    if is_large:
        parts, layers, top = _large_squares(name, value, field, only)
    else:
        parts, layers, top = _squares(name, value, field, only)
    n = quoted(f"{name}_n")
    scale = _power(min(2 * _places(field), _MAX_SCALE))
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
    """Return the terms to add up, and the squares' distance from the mean's."""
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
    """The same in three thirds of each value (h, m, l), of which no sum can be too large."""
    digits, places = _digits(field)
    large = f"CAST({value} AS DECIMAL(38,{places}))" if places else value
    whole = _whole(large, places, digits, places)
    low = f"{_UNIT - 1}"
    thirds = {
        "h": f"({whole} >> {2 * _BITS})",
        "m": f"(({whole} >> {_BITS}) & {low})",
        "l": f"({whole} & {low})",
    }
    sums = {"n": f"count({value})"}
    sums |= {third: f"sum({sql})" for third, sql in thirds.items()}
    sums |= {
        one + two: f"sum({thirds[one]} * {thirds[two]})"
        for one, two in combinations_with_replacement(thirds, 2)
    }
    parts = tuple(Output(f"{name}_{part}", _huge(f"{sql}{only}")) for part, sql in sums.items())
    n, centered, rest = (quoted(f"{name}_{part}") for part in ("n", "c", "r"))
    layers = (*_mean_in_thirds(name), _centered(name), *_joined(name))
    fits = f"{centered} <= {2**127 - 2**74} // nullif({n}, 0)"
    top = f"CASE WHEN {fits} THEN {n} * {centered} - {rest} * {rest} END"
    return parts, layers, top


def _mean_in_thirds(name: str) -> tuple[Layer, ...]:
    """The mean's thirds (x, y, z) and the rest (r), by long division."""
    n, h, m, low = (quoted(f"{name}_{part}") for part in ("n", "h", "m", "l"))
    x, y, z, f, g = (quoted(f"{name}_{part}") for part in ("x", "y", "z", "f", "g"))
    return (
        (Output(f"{name}_x", f"{h} // nullif({n}, 0)"),),
        (Output(f"{name}_f", f"({h} - {x} * {n}) * {_UNIT} + {m}"),),
        (Output(f"{name}_y", f"{f} // nullif({n}, 0)"),),
        (Output(f"{name}_g", f"({f} - {y} * {n}) * {_UNIT} + {low}"),),
        (Output(f"{name}_z", f"{g} // nullif({n}, 0)"),),
        (Output(f"{name}_r", f"{g} - {z} * {n}"),),
    )


def _centered(name: str) -> Layer:
    """The squares of what is left without the mean, by powers of a third's unit."""
    n = quoted(f"{name}_n")
    means = dict(zip("hml", (quoted(f"{name}_{part}") for part in "xyz"), strict=True))

    def product(one: str, two: str) -> str:
        total, other = quoted(f"{name}_{one}"), quoted(f"{name}_{two}")
        a, b = means[one], means[two]
        return f"({quoted(f'{name}_{one}{two}')} - {b} * {total} - {a} * {other} + {n} * {a} * {b})"

    return (
        Output(f"{name}_p4", product("h", "h")),
        Output(f"{name}_p3", f"2 * {product('h', 'm')}"),
        Output(f"{name}_p2", f"2 * {product('h', 'l')} + {product('m', 'm')}"),
        Output(f"{name}_p1", f"2 * {product('m', 'l')}"),
        Output(f"{name}_p0", product("l", "l")),
    )


def _joined(name: str) -> tuple[Layer, ...]:
    """Their sum: whole (c) where it fits in 128 bits, and about (o), of what does fit of it."""
    layers: list[Layer] = []
    begun = [quoted(f"{name}_p4")]
    for power in (3, 2, 1, 0):
        so_far = begun[-1]
        more = f"{so_far} * {_UNIT} + {quoted(f'{name}_p{power}')}"
        found = f"{name}_q{power}" if power else f"{name}_c"
        layers.append((Output(found, f"CASE WHEN abs({so_far}) < {_FITTING} THEN {more} END"),))
        begun.append(quoted(found))
    abouts: list[str] = []
    for power, so_far in zip((4, 3, 2, 1, 0), begun, strict=True):
        terms = [f"{_double(so_far)} * {_UNIT**power}.0"]
        terms += [
            f"{_double(quoted(f'{name}_p{p}'))} * {_UNIT**p}.0" for p in reversed(range(power))
        ]
        abouts.insert(0, " + ".join(terms))
    layers.append((Output(f"{name}_o", f"coalesce({', '.join(abouts)})"),))
    return tuple(layers)


# -- what is calculated: by two doubles, of which the second holds what the first has lost


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
    more = 2 * _places(field) - _MAX_SCALE
    unit = f" / {10 ** (more // 2)}.0" if more > 0 else ""
    step = f"({_less(value, root, root)} + {rest}) / nullif(2 * {root}, 0)"
    return (
        (Output(f"{name}_e", f"sqrt(greatest(0.0, {value})) + 0 * {value}"),),
        (Output(name, f"({root} + coalesce({step}, 0.0)){unit}"),),
    )


def _less(value: str, one: str, two: str) -> str:
    """``value - one * two``, the product to its last digit: of halves that doubles can multiply."""
    a, c = (f"({_SPLIT} * {f} - ({_SPLIT} * {f} - {f}))" for f in (one, two))
    b, d = f"({one} - {a})", f"({two} - {c})"
    return f"({value} - {a} * {c} - {a} * {d} - {b} * {c} - {b} * {d})"


# -- numbers


def _is_decimal(field: Field) -> bool:
    return field.type is FieldType.DECIMAL


def _digits(field: Field) -> tuple[int, int]:
    """Return the most digits that a value has, and how many of them follow the point."""
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
    if digits + scale <= _MAX_DIGITS:
        return _huge(f"{sql} * CAST({10**places} AS DECIMAL({places + 1},0))")
    return _huge(f"replace(CAST({sql} AS VARCHAR), '.', '')")
