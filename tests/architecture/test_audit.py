"""The audit log names nobody, since it never forgets: typed texts come into it redacted."""

import ast

from tests.architecture.support import SOURCE_FOLDERS, python_files, tree_of, where

TYPED = {"address", "comment", "confirm", "email", "label", "message", "name", "note", "reason",
         "text", "title"}  # fmt: skip
NOT_TYPED = {
    "platform/optilearn/institutions/selectors.py": "a constant of the code that asks",
    "platform/optilearn/notifications/addresses/services.py": "a code: complaint, soft_bounces, …",
}


def words(node: ast.expr) -> set[str]:
    """The names in an expression, but not what stands in the call that redacts."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "without_person":
        return set()
    found = {node.id} if isinstance(node, ast.Name) else set()
    if isinstance(node, ast.Attribute):
        found.add(node.attr)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            found |= words(child)
    return found


def details_of(call: ast.Call) -> list[ast.expr]:
    """The values that an entry would hold."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name != "record":
        return []
    given = [k.value for k in call.keywords if k.arg == "details"]
    return [v for d in given for v in (d.values if isinstance(d, ast.Dict) else [d])]


def test_typed_texts_are_redacted() -> None:
    found = set()
    seen = 0
    for path in python_files(*SOURCE_FOLDERS):
        for node in ast.walk(tree_of(path)):
            for value in details_of(node) if isinstance(node, ast.Call) else []:
                seen += 1
                if words(value) & TYPED:
                    found.add(where(path))
    assert seen > 20
    assert found == set(NOT_TYPED)
