"""A number of a formula has a bearable length."""

from __future__ import annotations

from typing import Any

import pytest

from reports.api import product_catalog, validate
from reports.errors import ReportInvalid
from reports.language.formulas import MAX_DIGITS


def definition(formula: str) -> dict[str, Any]:
    return {
        "version": 1,
        "entity": "enrollments",
        "mode": "categorical",
        "dimensions": ["course.code"],
        "measures": ["enrollments.count", {"key": "f", "formula": formula}],
    }


@pytest.mark.parametrize(
    "number", ["9" * 900, "9" * (MAX_DIGITS + 1), "1." + "0" * MAX_DIGITS, "." + "0" * 900 + "1"]
)
def test_a_number_that_is_too_long_is_refused(number: str) -> None:
    for formula in (number, f"enrollments.count * {number}", f"{number} / enrollments.count"):
        with pytest.raises(ReportInvalid) as refused:
            validate(definition(formula), product_catalog())
        assert [p.path for p in refused.value.problems] == ["/measures/1/formula"]


def test_the_longest_number_is_taken() -> None:
    assert validate(definition("enrollments.count + " + "9" * MAX_DIGITS), product_catalog())
