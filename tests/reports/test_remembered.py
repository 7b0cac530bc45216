"""What the engine keeps is bounded in bytes, whatever it is asked."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.api import catalog
from reports.engine import engine as module
from reports.engine.remembered import Remembered
from reports.errors import ReportInvalid
from reports.language.validate import MOST_BYTES, validate_definition


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 60))))
def test_as_a_dictionary_that_forgets(steps: list[tuple[int, int]]) -> None:
    kept: Remembered[int, int] = Remembered(100)
    model: OrderedDict[int, int] = OrderedDict()
    for key, size in steps:
        expected = key if key in model else None
        assert kept.get(key) == expected
        if expected is not None:
            model.move_to_end(key)
        kept.put(key, key, size)
        if size <= 25:
            model.pop(key, None)
            model[key] = size
            while sum(model.values()) > 100:
                model.popitem(last=False)
        assert kept.bytes == sum(model.values()) <= 100


def definition(values: list[str]) -> dict[str, object]:
    return {
        "version": 1,
        "entity": "enrollments",
        "mode": "categorical",
        "measures": ["enrollments.count"],
        "filters": [{"field": "course.code", "op": "in", "value": values}],
    }


def large(number: int) -> dict[str, object]:
    return definition([f"{number}-{n}-" + "x" * 80 for n in range(900)])


def test_a_report_costs_no_more_than_is_counted() -> None:
    """Whatever the engine says that an entry costs is at least what it takes in memory."""
    import json

    catalogue = catalog()
    validate_definition(large(0), catalogue)
    gc.collect()
    tracemalloc.start()
    try:
        kept, counted = [], 0
        for number in range(20):
            asked = large(number)
            text = json.dumps(asked)
            kept.append((text, validate_definition(asked, catalogue)))
            counted += module._OF_A_REPORT * len(text) + module._OF_AN_ENTRY
            del asked
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken <= counted
    assert sys.getsizeof(kept)


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600", "\ud800"])
def test_a_definition_has_a_megabyte_at_most(letter: str) -> None:
    width = len(letter.encode("utf-8", "surrogatepass"))
    definition_ = definition([letter * (MOST_BYTES // width + 1)])
    with pytest.raises(ReportInvalid) as refused:
        validate_definition(definition_, catalog())
    assert [(p.code, p.path) for p in refused.value.problems] == [("TOO_LONG", "")]


def test_a_definition_of_less_is_looked_at() -> None:
    with pytest.raises(ReportInvalid) as refused:
        validate_definition(definition(["x" * (MOST_BYTES - 1_000)]), catalog())
    assert [p.path for p in refused.value.problems] != [""]
