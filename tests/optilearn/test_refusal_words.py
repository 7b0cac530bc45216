"""The engine's refusals in the reader's language: every template is one that it says."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from optilearn.analytics import refusal_words
from optilearn.analytics.auditing import refused
from optilearn.analytics.refusal_templates import TEMPLATES
from optilearn.analytics.refusal_words import in_readers_language
from reports.errors import Problem, ReportInvalid, ReportTimeout
from tests.architecture.test_engine_texts import text_of
from tests.support.client import call, token_of
from tests.support.database import ROOT
from tests.support.twins import Twin

SOURCES = sorted(Path(ROOT, "reports").rglob("*.py"))
PLACE = " (at character {place})."
"""The end of what is said about a report's logic."""


@pytest.fixture
def hindi(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language in which each template is itself, in brackets: whatever the file has by now."""
    monkeypatch.setattr(refusal_words, "gettext", "[{}]".format)


@pytest.fixture(scope="module")
def said() -> set[str]:
    """What the engine's sources say, with 7 for whatever it is about."""
    texts = {
        text_of(node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    }
    return {text for text in texts if " " in text and len(text.replace("7", "")) > 6}


def fits(text: str, pattern: str, anything: str) -> bool:
    return bool(re.fullmatch(re.sub(anything, ".+", re.escape(pattern)), text, re.DOTALL))


@pytest.mark.slow
@pytest.mark.parametrize("template", TEMPLATES)
def test_each_template_is_said_by_the_engine(template: str, said: set[str]) -> None:
    """A message that is changed there would silently be English again."""
    text = template if template.startswith("{message}") else template.removesuffix(PLACE)
    if text.endswith("this data: {message}"):
        text = text.removesuffix(": {message}") + "."
    assert any(fits(text, one, "7") or fits(one, text, r"\\\{\w+\\\}") for one in said)


def test_a_refusal_is_said_in_the_readers_language(hindi: None) -> None:
    wrong = ReportInvalid(
        [
            Problem("SQL_NOT_ALLOWED", "/sql", "There is no view a.b.", "There are x, y."),
            Problem("OTHER", "/x", "Something else (7)."),
        ]
    )
    with translation.override("hi"):
        error = refused(wrong)
        late = refused(ReportTimeout(30))
    assert error.message == "[There is no view a.b.]"
    assert error.details == [
        {"code": "SQL_NOT_ALLOWED", "path": "/sql", "message": "[There is no view a.b.]",
         "hint": "[There are x, y.]"},
        {"code": "OTHER", "path": "/x", "message": "Something else (7).", "hint": ""},
    ]  # fmt: skip
    assert late.message == "[The report was stopped after 30 seconds.]"
    with translation.override("en"):
        assert refused(wrong).message == "There is no view a.b."


def test_what_the_statement_says_is_no_template(hindi: None) -> None:
    with translation.override("hi"):
        said = in_readers_language("The statement isn't valid SQL: near {x} \n%s {0}")
    assert said == "[The statement isn't valid SQL: near {x} \n%s {0}]"


def test_a_reader_of_hindi_over_http(twins: tuple[Twin, Twin], hindi: None) -> None:
    north, _ = twins
    token = token_of(north, "anil")
    found: dict[str, Any] = {}
    for language in ("en", "hi"):
        status, body = call(
            "POST", "/api/analytics/sql/run", token=token, body={"sql": "DELETE FROM students"},
            **{"Accept-Language": language},
        )  # fmt: skip
        assert status == 422, body
        found[language] = body["error"]["message"]
    assert found == {
        "en": "Only a SELECT can be run.", "hi": "[Only a SELECT can be run.]"
    }  # fmt: skip
