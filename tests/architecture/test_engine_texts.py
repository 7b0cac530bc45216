"""What the report engine says to readers is translated, though the engine knows no language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from optilearn.analytics.refusal_words import in_readers_language
from reports.api import EXPORT_TEXTS
from reports.language.phrases import BUCKETS, OPERATORS, TEMPLATES, UNITS, YES_NO
from reports.language.words import BUCKETS as ALL_BUCKETS
from tests.architecture.test_translations import untranslated

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("language", "engine", "errors.py", "catalog/describe.py")
NOT_FOR_READERS = {
    "jsonschema.py",  # the published schema's descriptions
    "measure_schema.py",
    "phrases.py",  # its templates are looked at below
    "file_checks.py",  # of `optilearn report`, a command on one's own files
    "database.py",
}
SENTENCE_ENDS = (".", "?")


def sources() -> Iterator[Path]:
    for place in PLACES:
        path = ROOT / "reports" / place
        yield from path.rglob("*.py") if path.is_dir() else [path]


def sentences(tree: ast.Module) -> Iterator[str]:
    """Texts that are sentences; each name in them has some value."""
    parts = {id(part) for node in ast.walk(tree) for part in _inside(node)}
    for node in ast.walk(tree):
        text = text_of(node)
        if id(node) not in parts and " " in text.strip() and text.endswith(SENTENCE_ENDS):
            yield text


def _inside(node: ast.AST) -> list[ast.AST]:
    """Docstrings, and what a longer text is made of."""
    if isinstance(node, ast.Expr):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return list(node.values)
    if isinstance(node, ast.BinOp) and text_of(node):
        return [node.left, node.right, *_inside(node.left)]
    return []


def text_of(node: ast.AST) -> str:
    """The text that an expression is, with 7 for each value in it; empty if it is none."""
    match node:
        case ast.Constant(value=str(value)) if " " in value:
            return value
        case ast.JoinedStr(values=values):
            return "".join(str(v.value) if isinstance(v, ast.Constant) else "7" for v in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right) if text_of(left):
            ends = right.value if isinstance(right, ast.Constant) else text_of(right)
            return f"{text_of(left)}{ends or 7}"
    return ""


def test_every_sentence_of_the_engine_has_a_translation() -> None:
    found, missing = 0, []
    for path in sources():
        if path.name in NOT_FOR_READERS:
            continue
        for text in sentences(ast.parse(path.read_text(encoding="utf-8"))):
            found += 1
            with translation.override("hi"):
                if in_readers_language(text) == text:
                    missing.append(f"{path.name}: {text}")
    assert found > 100
    assert missing == []


def test_a_question_in_words_has_all_of_them_in_hindi() -> None:
    texts = {*TEMPLATES.values(), *OPERATORS.values(), *UNITS, *YES_NO}
    texts |= {BUCKETS.get(bucket, bucket) for bucket in ALL_BUCKETS}
    assert not any(re.search("[A-Z]", BUCKETS.get(b, b)) for b in ALL_BUCKETS)
    assert untranslated(texts) == set()


def test_a_file_has_all_of_its_words_in_hindi() -> None:
    assert untranslated(set(EXPORT_TEXTS.values())) == set()


@pytest.mark.parametrize(
    ("text", "hindi"),
    [
        ("There is no entity “x”.", "“x” नाम का कोई विषय नहीं है।"),
        ("One of: none, grand, subtotals.", "इनमें से एक: none, grand, subtotals।"),
        ("Something that nobody has put into words.", "Something that nobody has put into words."),
    ],
)
def test_names_stay_as_they_are(text: str, hindi: str) -> None:
    assert in_readers_language(text) == text
    with translation.override("hi"):
        assert in_readers_language(text) == hindi
