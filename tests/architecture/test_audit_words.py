"""Each action of the audit log has words: what is recorded under a new name gets them, too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from optilearn.web.administration.actions import WORDS, words_of

PLATFORM = Path(__file__).resolve().parents[2] / "platform" / "optilearn"
RECORDERS = {"record", "audited", "Asked", "_audit", "_note_attribute"}
"""The functions that take the name of an action."""
PARTS = {"NOW", "TEST", "AGAIN"}
"""Kinds of occurrences, by which requests for one are named."""


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def texts(node: ast.AST) -> Iterator[str]:
    """The constants that an argument may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def actions_in(tree: ast.Module) -> Iterator[str]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in calls:
        if name_of(call) in RECORDERS:
            found = [*call.args[1:], *(k.value for k in call.keywords if k.arg == "action")]
            yield from (t for one in found for t in texts(one) if "." in t)
    yield from (
        text
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "action"
        for text in texts(node.value)
    )
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        for prefix in prefixes(function):
            for call in calls:
                if name_of(call) == function.name:
                    found = call.args[:3]
                    yield from (prefix + t for one in found for t in texts(one))


def prefixes(function: ast.FunctionDef) -> Iterator[str]:
    """The ``schedule.`` of ``action=f"schedule.{verb}"``."""
    for node in ast.walk(function):
        if isinstance(node, ast.keyword) and node.arg == "action":
            value = node.value
            if isinstance(value, ast.JoinedStr) and isinstance(value.values[0], ast.Constant):
                yield str(value.values[0].value)


def test_every_action_has_words() -> None:
    found = {f"schedule.{part.lower()}" for part in PARTS}
    for path in PLATFORM.rglob("*.py"):
        found |= set(actions_in(ast.parse(path.read_text(encoding="utf-8"))))
    assert {one for one in found if one not in WORDS} == set()
    assert len(found) > 80


def test_an_action_without_words_is_shown_as_it_is() -> None:
    assert words_of("sql.run") == "SQL run"
    assert words_of("long.ago") == "long.ago"
