"""Names and docstrings use the terms of docs/glossary.md, and none of the words it retired."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.support import ROOT, SOURCE_FOLDERS, python_files, tree_of, where

GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
VAGUE = {"What", "Whether", "How", "Who", "Whom", "Whose", "Where", "When", "Which", "Why"}
STORED = {"is_kept", "taken_at", "taken_by", "CatalogueOut", "TakenCourse"}
"""Columns of tables and schemas of the published API, which stay as they are."""
PROTOCOL = {"connection_made"}
"""Names that libraries call."""


def retired() -> set[str]:
    """Return the words of the glossary's second table."""
    table = GLOSSARY.partition("## Retired words")[2]
    rows = re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)
    return {w for row in rows[1:] for w in re.sub(r"\(.*?\)", "", row).replace(",", " ").split()}


def identifiers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the names that a module defines: functions, classes, arguments, variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno


def docstrings(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the docstrings, those of fields and constants too."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if not isinstance(statement, ast.Expr):
                continue
            value = statement.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value, statement.lineno


def offenders(path: Path, words: set[str]) -> list[str]:
    """Return the places where a module's names or docstrings use what the glossary retired."""
    tree = tree_of(path)
    found = [
        f"{where(path, line)}: {name}"
        for name, line in [(path.stem, 1), *identifiers(tree)]
        if name not in STORED | PROTOCOL and words & words_of(name)
    ]
    found += [
        f"{where(path, line)}: {' '.join(text.split()[:5])} …"
        for text, line in docstrings(tree)
        if is_vague(text)
    ]
    return found


def words_of(name: str) -> set[str]:
    return {word.lower() for word in WORD.findall(name)}


def is_vague(docstring: str) -> bool:
    return docstring.split()[:1] != [] and docstring.split(maxsplit=1)[0].strip(".,:;") in VAGUE


def test_retired_words_are_found() -> None:
    tree = ast.parse('MOST_ROWS = 1\ndef run(reportWish): """Whether it ran."""\n')
    assert {"wish", "catalogue", "judging", "most"} <= retired()
    found = {name for name, _ in identifiers(tree) if retired() & words_of(name)}
    assert found == {"reportWish", "MOST_ROWS"}
    assert [is_vague(text) for text, _ in docstrings(tree)] == [True]


@pytest.mark.parametrize("folder", SOURCE_FOLDERS)
def test_names_and_docstrings_use_the_glossary(folder: str) -> None:
    words = retired()
    found = [place for path in python_files(folder) for place in offenders(path, words)]
    assert not found, "docs/glossary.md has other words for:\n" + "\n".join(found)
