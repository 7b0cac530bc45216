"""``filterLogic``: read without recursion, and told where it fails."""

from __future__ import annotations

import random

import pytest

from reports.compiler.conditions import logic_sql
from reports.language.logic import LogicError, all_of, parse_logic


@pytest.mark.parametrize(
    ("text", "filters", "sql"),
    [
        ("1", 1, "f1"),
        ("1 AND 2", 2, "(f1 AND f2)"),
        ("1 and 2 or 3", 3, "((f1 AND f2) OR f3)"),
        ("1 OR 2 AND 3", 3, "(f1 OR (f2 AND f3))"),
        ("(1 OR 2) AND 3", 3, "((f1 OR f2) AND f3)"),
        ("((1)) AND ((2 AND 3))", 3, "(f1 AND f2 AND f3)"),
        ("1 AND 1 AND 2", 2, "(f1 AND f1 AND f2)"),
    ],
)
def test_what_it_means(text: str, filters: int, sql: str) -> None:
    names = tuple(f"f{i + 1}" for i in range(filters))
    assert logic_sql(parse_logic(text, filters), names) == sql


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "missing at the end"),
        ("1 AND", r"missing at the end .* 6"),
        ("1 2", r"stands where AND, OR or \) is wanted .* 3"),
        ("AND 1", r"stands where a filter's number or \( is wanted .* 1"),
        ("1 AND (2", r"never closed .* 7"),
        ("1 AND 2)", r"closes nothing .* 8"),
        ("()", r"is wanted .* 2"),
        ("1 AND 3", r"no filter 3 .* 7"),
        ("0 AND 1", r"no filter 0 .* 1"),
        ("1OR2", r"\"OR2\" is not understood .* 2"),
        ("1 XOR 2", r"\"XOR\" is not understood .* 3"),
        ("NOT 1 AND 2", r"\"NOT\" is not understood .* 1"),
        ("1; DROP TABLE x", r"not understood .* 2"),
        ("1", "Filter 2 is not in the logic"),
        ("१ AND 2", "not understood"),
    ],
)
def test_where_it_fails(text: str, message: str) -> None:
    with pytest.raises(LogicError, match=message):
        parse_logic(text, 2)


def test_the_default_is_all_of_them() -> None:
    assert logic_sql(all_of(3), ("a", "b", "c")) == "(a AND b AND c)"
    assert logic_sql(all_of(0), ()) is None


def test_random_logic_means_what_python_makes_of_it() -> None:
    rng = random.Random(7)
    for _ in range(300):
        text = _random_logic(rng, 3)
        filters = 4
        text = f"({text}) OR 1 AND 2 AND 3 AND 4"
        sql = logic_sql(parse_logic(text, filters), ("A", "B", "C", "D"))
        for number in range(16):
            values = {name: bool(number >> i & 1) for i, name in enumerate("ABCD")}
            named = {f"_{i + 1}": values[name] for i, name in enumerate("ABCD")}
            python = text.lower()
            for digit in "1234":
                python = python.replace(digit, f"_{digit}")
            assert eval(str(sql).lower(), {k.lower(): v for k, v in values.items()}) == eval(
                python, named
            )


def _random_logic(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.3:
        return str(rng.randint(1, 4))
    left, right = _random_logic(rng, depth - 1), _random_logic(rng, depth - 1)
    inner = f"{left} {rng.choice(['AND', 'OR'])} {right}"
    return f"({inner})" if rng.random() < 0.5 else inner
