"""Charts with colored categories are drawn in the dashboard's order, whichever is there first."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from dashboards.palette import has_categories
from optilearn.analytics.saved.boards.drawn import DrawnLines


@dataclass
class Drawing:
    """Notes the lines that it is asked to draw."""

    keys: list[str]
    drawn: list[str] = field(default_factory=list)

    def colored(self) -> list[str]:
        return list(self.keys)

    def line(self, found: dict[str, Any]) -> str:
        return str(found.get("key", "end"))


@pytest.mark.parametrize(
    ("arrived", "drawn"),
    [
        ("a b c", "a b c end"),
        ("c plain b a other", "plain a b c other end"),
        ("b a c", "a b c end"),
    ],
)
def test_colored_tiles_wait_for_those_before_them(arrived: str, drawn: str) -> None:
    chunks = [json.dumps({"key": key}).encode() + b"\n" for key in arrived.split()]
    lines = DrawnLines([*chunks, b'{"end": true}\n'], Drawing(["a", "b", "c"]))  # type: ignore[arg-type]  # as much of both as is used
    assert " ".join(map(str, lines)) == drawn


@pytest.mark.parametrize(
    ("definition", "is_colored"),
    [
        ({}, False),
        ({"dimensions": ["a"], "chart": {"type": "bar"}}, False),
        ({"dimensions": ["a"], "chart": {"type": "donut"}}, True),
        ({"dimensions": ["a", "b"]}, True),
        ({"dimensions": ["a"], "time": {"field": "day", "bucket": "day"}}, True),
        ({"dimensions": None, "time": {"field": "day", "bucket": "day"}, "chart": None}, False),
    ],
)
def test_categories(definition: dict[str, Any], is_colored: bool) -> None:
    assert has_categories(definition) is is_colored
