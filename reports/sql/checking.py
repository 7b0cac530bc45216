"""Reading an analyst's statement: one SELECT over the views, and nothing else.

The statement is checked as DuckDB's own parser reads it, by what is allowed: kinds of queries,
sources, expressions and functions that aren't known here are refused, whatever they would do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NoReturn

from reports.catalog.paths import nearest
from reports.errors import Problem, ReportInvalid
from reports.sql.functions import FUNCTIONS, TABLE_FUNCTIONS

PLACE: Final = "/sql"
_QUERIES: Final = frozenset(("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE"))
_SOURCES: Final = frozenset(
    ("BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "EXPRESSION_LIST", "TABLE_FUNCTION", "PIVOT")
)
_MODIFIERS: Final = frozenset(
    (
        *("ORDER_MODIFIER", "LIMIT_MODIFIER", "DISTINCT_MODIFIER", "LIMIT_PERCENT_MODIFIER"),
        *("ORDER_DEFAULT", "ASCENDING", "DESCENDING"),
    )
)
_CLASSES: Final = frozenset(
    (
        *("STAR", "CONSTANT", "COLUMN_REF", "POSITIONAL_REFERENCE", "COMPARISON", "CONJUNCTION"),
        *("OPERATOR", "CASE", "CAST", "TYPE", "COLLATE", "BETWEEN", "SUBQUERY", "LAMBDA"),
        *("FUNCTION", "WINDOW"),
    )
)
_Names = frozenset[str]


def check_statement(document: Mapping[str, Any], relations: frozenset[str]) -> None:
    """Check the tree of a text, which may read ``relations`` (in lower case).

    Raises :class:`~reports.errors.ReportInvalid`: SQL_INVALID for what isn't SQL, and
    SQL_NOT_ALLOWED.
    """
    if document.get("error"):
        message = str(document.get("error_message", ""))
        if document.get("error_type") == "not implemented":
            refuse("Only a SELECT can be run.", "Ask with SELECT, WITH, FROM or VALUES.")
        raise invalid(f"The statement isn't valid SQL: {message}")
    statements = document.get("statements", [])
    if len(statements) != 1:
        refuse("Run one statement at a time.")
    _Reader(relations).read(statements[0].get("node", {}))


def invalid(message: str, hint: str = "") -> ReportInvalid:
    """Return the refusal of a statement that can't be understood."""
    return ReportInvalid([Problem("SQL_INVALID", PLACE, message, hint)])


def refuse(message: str, hint: str = "") -> NoReturn:
    """Raise the refusal of a statement that asks for what isn't allowed."""
    raise ReportInvalid([Problem("SQL_NOT_ALLOWED", PLACE, message, hint)])


class _Reader:
    """Goes through a tree without recursion; each part with the names of relations it sees."""

    def __init__(self, relations: frozenset[str]) -> None:
        self._relations = relations
        self._waiting: list[tuple[Any, _Names]] = []

    def read(self, root: Mapping[str, Any]) -> None:
        self._waiting = [(root, self._relations)]
        while self._waiting:
            here, names = self._waiting.pop()
            if isinstance(here, list):
                self._waiting.extend((part, names) for part in here)
            elif isinstance(here, dict):
                self._object(here, names)

    def _object(self, here: dict[str, Any], names: _Names) -> None:
        kind = here.get("type")
        if "class" in here:
            _check_expression(here)
        elif "cte_map" in here:
            if kind not in _QUERIES:
                refuse("Only a SELECT can be run.")
            names = self._named(here, names)
            here = {name: part for name, part in here.items() if name != "cte_map"}
        elif kind == "BASE_TABLE":
            _check_relation(here, names)
        elif isinstance(kind, str) and kind not in _SOURCES | _MODIFIERS:
            refuse(f"FROM can't hold this ({kind}).", _views(self._relations))
        if kind == "TABLE_FUNCTION":
            _check_table_function(here)
        self._waiting.extend((part, names) for part in here.values())

    def _named(self, here: dict[str, Any], names: _Names) -> _Names:
        """Return the names that a query sees: each of WITH sees those before it."""
        for entry in here["cte_map"].get("map", []):
            self._waiting.append((entry["value"], names))
            names |= {entry["key"].lower()}
        # The parts of a recursive query see the relation that they are.
        return names | {str(here["cte_name"]).lower()} if here.get("cte_name") else names


def _check_expression(here: dict[str, Any]) -> None:
    family = here["class"]
    if family == "PARAMETER":
        refuse("A statement has no parameters.", "Write the values into it.")
    if family not in _CLASSES:
        refuse(f"This kind of expression can't be used ({family}).")
    if family in {"FUNCTION", "WINDOW"} and not _is_of(here, FUNCTIONS):
        name = ".".join(here["qualified_name"]["path"])
        like = ", ".join(nearest(name, FUNCTIONS))
        refuse(f"The function {name} can't be used.", f"Like it are {like}." if like else "")
    if family == "TYPE" and len(here["qualified_name"]["path"]) > 1:
        refuse("Types are named without a schema.")


def _check_table_function(here: dict[str, Any]) -> None:
    if not _is_of(here["function"], TABLE_FUNCTIONS):
        known = ", ".join(sorted(TABLE_FUNCTIONS))
        refuse("This function can't stand in FROM.", f"Those that can: {known}.")


def _is_of(function: dict[str, Any], known: frozenset[str]) -> bool:
    path = function.get("qualified_name", {}).get("path", [])
    return len(path) == 1 and function.get("function_name", "").lower() in known


def _check_relation(here: dict[str, Any], names: _Names) -> None:
    path = here.get("qualified_name", {}).get("path", [])
    if here.get("at_clause"):
        refuse("AT can't be used.", "Choose the snapshot beside the statement, as asOf.")
    if len(path) != 1 or path != [here.get("table_name")] or path[0].lower() not in names:
        refuse(f"There is no view {'.'.join(path)}.", _views(names))


def _views(names: _Names) -> str:
    return f"There are {', '.join(sorted(names))}."
