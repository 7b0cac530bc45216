"""What is kept of wordings costs no more than is counted, and is bounded in bytes."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

import pytest

from optilearn.notifications.rendering import engine, markdown

pytestmark = pytest.mark.slow

MARKDOWN = "Hello **there**, see [this](https://x.example/y) and *that*.\n\n- one\n- two\n\n"
LIQUID = "Hello {{ name | upcase }} {% if x %}a{% endif %} {{ y }}{{ z }}"


def claimed(make: Callable[[str], object], text: str, times: int) -> int:
    """The bytes that ten things made of that text take."""
    make(text)
    gc.collect()
    tracemalloc.start()
    try:
        kept = [make(f"{number} {text * times}") for number in range(10)]
        found, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept
    return found


@pytest.mark.parametrize("times", [1, 10, 100])
def test_wordings_cost_no_more_than_is_counted(times: int) -> None:
    counted = 10 * (markdown._BODY_BYTES + markdown._CHARACTER_BYTES * len(MARKDOWN) * times)
    assert claimed(lambda text: markdown._compile(text, 0), MARKDOWN, times) <= counted
    counted = 10 * (engine._TEMPLATE_BYTES + engine._CHARACTER_BYTES * len(LIQUID) * times)
    assert claimed(engine._parse, LIQUID, times) <= counted


def test_the_cache_is_bounded_in_bytes() -> None:
    for number in range(300):
        engine.parsed(f"{number} {LIQUID * 20}")
        markdown.compiled(f"{number} {MARKDOWN * 40}", 0)
    assert engine._cache.bytes <= 16 * 1024**2
    assert markdown._cache.bytes <= 16 * 1024**2
    assert engine.parsed(f"299 {LIQUID * 20}") is engine.parsed(f"299 {LIQUID * 20}")
    assert markdown.compiled("a", 0) is markdown.compiled("a", 0)
