"""The tail is where the pain is: no long functions, no long files, no long parameter lists."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.support import CODE_FOLDERS, SOURCE_FOLDERS, python_files, tree_of, where

MAX_FUNCTION_LINES = 50
MAX_FILE_LINES = 400
MAX_PARAMETERS = 6

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_in(path: Path) -> Iterator[Function]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, Function):
            yield node


def parameters_of(function: Function) -> int:
    """How many a caller has to know of: `self` and `cls` are none of them."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    own = [argument for argument in named if argument.arg not in {"self", "cls"}]
    return len(own) + bool(arguments.vararg) + bool(arguments.kwarg)


def test_files_are_short() -> None:
    long = [
        f"{where(path)} has {lines} lines"
        for path in python_files(*CODE_FOLDERS)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_FILE_LINES
    ]
    assert not long, "\n".join(long)


def test_functions_are_short() -> None:
    long = [
        f"{where(path, function.lineno)} {function.name} has {lines} lines"
        for path in python_files(*CODE_FOLDERS)
        for function in functions_in(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def test_functions_take_few_parameters() -> None:
    many = [
        f"{where(path, function.lineno)} {function.name} takes {parameters}"
        for path in python_files(*SOURCE_FOLDERS)
        for function in functions_in(path)
        if (parameters := parameters_of(function)) > MAX_PARAMETERS
    ]
    assert not many, "\n".join(many)
