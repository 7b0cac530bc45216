"""One rounding on every surface: half away from zero, and a zero without a sign."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from dashboards.formats import plain
from reports.contracts import Column
from reports.export.show import number_text
from reports.rounding import rounded
from tests.reports.numbers_world import asked, numbers, of

RATE = Column("rate", "Rate", "float", None, "percent")
MARK = Column("mark", "Mark", "float", "points", "number")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 16, "6.3 %"),
        (-1 / 16, "-6.3 %"),
        (0.0005, "0.1 %"),
        (-0.0004, "0.0 %"),
        (0.285, "28.5 %"),
    ],
)
def test_a_rate(value: float, text: str) -> None:
    assert number_text(value, RATE) == text
    shown = plain(value * 100, 1).replace("\u2212", "-")
    assert float(shown) == float(text.removesuffix(" %"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.125, "0.13"),
        (1.005, "1.01"),
        (Decimal("-2.345"), "-2.35"),
        (-0.001, "0.00"),
        (-0.0, "0.00"),
    ],
)
def test_a_mark(value: float | Decimal, text: str) -> None:
    assert number_text(value, MARK) == text


def test_a_number_too_large_to_have_places() -> None:
    assert rounded(Decimal(10) ** 40, 2) == Decimal(10) ** 40


def test_nothing_over_a_negative_total_is_zero_without_a_sign() -> None:
    groups = {"a": [Decimal(0)], "b": [Decimal(-5)]}
    share = {"key": "share", "calc": "percentOfTotal", "of": "sum"}
    product = {"key": "product", "formula": "sum * 0.5 / -3"}
    with numbers("decimal(8,2)", groups) as database:
        rows = asked(database, of("sum"), share, product).rows
    for value in rows[0][2:]:
        assert value == 0
        assert math.copysign(1, value) == 1  # type: ignore[arg-type]  # a number


def test_a_change_from_below_zero_is_of_its_magnitude() -> None:
    groups = {"a": [-100], "b": [-50], "c": [-75]}
    change = {"key": "change", "calc": "percentChange", "of": "sum"}
    with numbers("integer", groups) as database:
        assert [row[2] for row in asked(database, of("sum"), change).rows] == [None, 0.5, -0.5]
