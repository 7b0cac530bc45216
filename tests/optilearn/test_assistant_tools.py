"""The tools of assistants without a server: the search, and arguments that there aren't."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from django.utils import translation
from django.utils.translation import gettext
from mcp import Client

from optilearn.analytics.assistants.client import Api
from optilearn.analytics.assistants.searching import search, stem
from optilearn.analytics.assistants.server import mcp_server
from reports import api as reports


def found(query: str, language: str = "en", entity: str | None = None) -> list[dict[str, Any]]:
    with translation.override(language):
        catalog = reports.describe(reports.product_catalog(()), gettext)
        entries: list[dict[str, Any]] = search(catalog, query, entity)["found"]
        return entries


def names(query: str) -> list[str]:
    return [entry["name"] for entry in found(query)]


@pytest.mark.parametrize(
    "words",
    [
        ("grade", "grades", "graded", "grading"), ("course", "courses"), ("class", "classes"),
        ("study", "studies", "studied"), ("submit", "submits", "submitted", "submitting"),
        ("late", "lates"), ("fee", "fees"), ("pass", "passed", "passes", "passing"),
    ],
)  # fmt: skip
def test_endings_are_one_word(words: tuple[str, ...]) -> None:
    assert len({stem(word) for word in words}) == 1, [stem(word) for word in words]
    assert stem("कक्षाएँ") == "कक्षाएँ"


def test_late_work_is_found_best_first() -> None:
    first = names("late work")
    assert {"submissions.lateRate", "isLate"} <= set(first[:6]), first[:6]


def test_what_has_all_words_comes_before_what_has_one() -> None:
    entries = names("completion rate")
    assert entries[0] == "enrollments.completionRate", entries[:5]
    assert entries.index("enrollments.completionRate") < entries.index("submissions.lateRate")
    assert names("Grading") == names("grade")
    assert names("completi")[0]  # the beginning of a word
    assert names("zebra") == []
    assert {entry["kind"] for entry in found("")} == {"entity"}


def test_hindi_is_found_as_it_is_written() -> None:
    label = next(entry["label"] for entry in found("", "hi") if not entry["label"].isascii())
    word = label.split()[0]
    assert label in [entry["label"] for entry in found(word, "hi")]
    assert all(word in str(entry) for entry in found(word, "hi"))


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("search_catalog", {"words": "late"}, "no argument words. Use: query, entity, measures."),
        ("run_report", {"definition": {}, "limit": 3}, "no argument limit. Use: definition, rows."),
        ("report_schema", {"x": 1, "y": 2}, "no argument x, y. Use: none."),
    ],
)
def test_arguments_that_there_are_not_are_refused(
    tool: str, arguments: dict[str, Any], said: str
) -> None:
    async def asked() -> Any:
        async with Client(mcp_server(Api("http://127.0.0.1:9"))) as client:
            return await client.call_tool(tool, arguments)

    result = anyio.run(asked)
    assert result.is_error
    assert said in "".join(part.text for part in result.content)
