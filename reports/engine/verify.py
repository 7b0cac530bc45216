"""The last wall: what is about to run is read again by DuckDB's own parser.

Whatever the compiler may get wrong, only this passes: one SELECT, known functions, and each
table read as ``(SELECT columns FROM table WHERE guard)``, its guard the very one that
belongs to the table and the scope. The check costs a millisecond or two, once for each text.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

import duckdb
import msgspec

from reports.catalog.model import Catalog
from reports.compiler.guards import guard_of
from reports.compiler.plan import DAYS, FOUND, REMAINING
from reports.contracts import ScopeKind
from reports.errors import UnsafeSql

_AGGREGATES: Final = (
    *("count", "count_star", "sum", "avg", "min", "max", "quantile_cont", "first", "last"),
    *("list", "any_value", "grouping", "rank", "row_number", "lag", "lead"),
    "bit_xor",
)
_SCALARS: Final = (
    *("nullif", "sqrt", "greatest", "least", "contains", "starts_with", "ends_with", "lower"),
    *("replace", "translate", "strlen", "length"),
    *("nfc_normalize", "date_trunc", "epoch_us", "timezone", "isodow", "hour", "day", "month"),
    *(
        "unnest",
        "generate_series",
        "range",
        "to_months",
        "to_days",
        "to_hours",
        "to_minutes",
        "to_microseconds",
    ),
    *("trunc", "to_quarters", "to_years", "year"),
    *("list_stddev_samp", "list_sum", "list_avg"),
    *("+", "-", "*", "/", "//", "%", "|", "&", ">>"),
    *("abs", "round", "floor", "log2", "pow", "replace", "hash", "concat"),
)
FUNCTIONS: Final = frozenset((*_AGGREGATES, *_SCALARS))
"""All that a statement may call; none of them reads anything but its arguments."""
_RELATION: Final = re.compile(rf"(?:{FOUND}|{REMAINING}|{DAYS}\d+)\Z")
_NODES: Final = frozenset(("SELECT_NODE", "SET_OPERATION_NODE"))
_SOURCES: Final = frozenset(("SUBQUERY", "JOIN", "EMPTY", "BASE_TABLE"))
_CLASSES: Final = frozenset(
    (
        "STAR",
        *("CONSTANT", "PARAMETER", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "OPERATOR"),
        *("CASE", "CAST", "SUBQUERY", "FUNCTION", "WINDOW", "TYPE", "BETWEEN"),
    )
)
_MAX_PASSED: Final = 4_096
_MAX_CATALOGS: Final = 1_024


class _Parser:
    """DuckDB's parser, on a connection that can reach nothing: 20 ms to make, so one for all."""

    def __init__(self) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()

    def parse(self, statements: Sequence[str]) -> list[dict[str, Any]]:
        """Return the trees of statements, in their order.

        All in one query, as that costs as much as parsing one of them. Raises
        :class:`~reports.errors.UnsafeSql` if one can't be parsed.
        """
        trees = ", ".join(["json_serialize_sql(?)"] * len(statements))
        with self._lock:
            row = self._connected().execute(f"SELECT {trees}", list(statements)).fetchone()
        documents: list[dict[str, Any]] = [msgspec.json.decode(tree) for tree in row or ()]
        for document in documents:
            if document.get("error"):
                raise UnsafeSql(f"the statement doesn't parse: {document.get('error_message')}")
        return documents

    def let_go(self) -> None:
        """Close the connection: a process that forks can't share it with its child."""
        with self._lock:
            self._connection = None

    def _connected(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            config: dict[str, str | bool | int | float | list[str]] = {
                "enable_external_access": "false",
                "threads": "1",
            }
            self._connection = duckdb.connect(":memory:", config=config)
            self._connection.execute("PRAGMA disable_optimizer")  # one row of functions
            self._connection.execute("SET lock_configuration = true")
        return self._connection


_parser: Final = _Parser()
os.register_at_fork(before=_parser.let_go)


class Verifier:
    """Verifies statements for one catalog, and remembers those that passed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # By digest: a statement may be long, and only that it passed is of interest.
        self._passed: OrderedDict[tuple[bytes, str, str], None] = OrderedDict()
        self._allowed: OrderedDict[tuple[str, str], dict[str, list[Any]]] = OrderedDict()

    def check(self, statements: Sequence[str], catalog: Catalog, kind: ScopeKind) -> None:
        """Raise :class:`~reports.errors.UnsafeSql` unless each statement is as it must be."""
        keys = {(_digest(sql), catalog.digest, kind.value): sql for sql in statements}
        with self._lock:
            unknown = {key: sql for key, sql in keys.items() if key not in self._passed}
            for key in keys.keys() - unknown.keys():
                self._passed.move_to_end(key)
            if not unknown:
                return
            allowed = self._allowed_of(catalog, kind)
            trees = _parser.parse(list(unknown.values()))
            for key, tree in zip(unknown, trees, strict=True):
                _Walk(catalog, allowed).statement(tree)
                self._passed[key] = None
            while len(self._passed) > _MAX_PASSED:
                self._passed.popitem(last=False)

    def _allowed_of(self, catalog: Catalog, kind: ScopeKind) -> dict[str, list[Any]]:
        """For each table, the WHERE clauses under which it may be read."""
        key = (catalog.digest, kind.value)
        if key not in self._allowed:
            allowed: dict[str, list[Any]] = {}
            for entity in catalog.entities:
                guard = guard_of(catalog, entity, kind)
                tree = self._guard_tree(guard) if guard else None
                allowed.setdefault(entity.table, []).append(tree)
            self._allowed[key] = allowed
            if len(self._allowed) > _MAX_CATALOGS:
                self._allowed.popitem(last=False)
        return self._allowed[key]

    def _guard_tree(self, guard: str) -> object:
        sql = f"SELECT 1 WHERE {guard}"
        (tree,) = _parser.parse([sql])
        return _without_places(tree["statements"][0]["node"]["where_clause"])


def _digest(sql: str) -> bytes:
    return hashlib.sha256(sql.encode("utf-8", "surrogatepass")).digest()


def _without_places(tree: object) -> object:
    """The tree without the positions of its words in the text."""
    if isinstance(tree, dict):
        return {k: _without_places(v) for k, v in tree.items() if not k.startswith("query_loc")}
    return [_without_places(v) for v in tree] if isinstance(tree, list) else tree


class _Walk:
    """Goes through a parsed statement without recursion."""

    def __init__(self, catalog: Catalog, allowed: dict[str, list[Any]]) -> None:
        self._catalog = catalog
        self._allowed = allowed
        self._named: frozenset[str] = frozenset()
        self._root: dict[str, Any] = {}

    def statement(self, document: dict[str, Any]) -> None:
        statements = document.get("statements", [])
        if len(statements) != 1:
            raise UnsafeSql(f"{len(statements)} statements instead of one")
        root = statements[0].get("node", {})
        named = [entry.get("key") for entry in root.get("cte_map", {}).get("map", [])]
        known = all(isinstance(name, str) and _RELATION.match(name) for name in named)
        if not known or self._catalog.tables_by_name.keys() & set(named):
            raise UnsafeSql(f"named relations {named}")
        self._named = frozenset(named)
        if root.get("type") != "SELECT_NODE":
            raise UnsafeSql(f"the statement is a {root.get('type')}")
        self._root = root
        stack: list[Any] = [root]
        while stack:
            here = stack.pop()
            if isinstance(here, list):
                stack.extend(here)
            elif isinstance(here, dict) and not self._is_guarded_scan(here):
                self._object(here)
                stack.extend(here.values())

    def _is_guarded_scan(self, here: dict[str, Any]) -> bool:
        if here.get("type") != "SELECT_NODE":
            return False
        source = here.get("from_table") or {}
        if source.get("type") != "BASE_TABLE" or self._is_named(source):
            return False
        table = self._catalog.tables_by_name.get(source.get("table_name", ""))
        if table is None or source.get("schema_name") or source.get("catalog_name"):
            raise UnsafeSql("a table that isn't in the catalog")
        for item in here["select_list"]:
            names = item.get("column_names", [])
            if item.get("class") != "COLUMN_REF" or names[1:] or names[0] not in table.columns:
                raise UnsafeSql(f"{table.name} is read by more than its columns")
        extras = ("modifiers", "group_expressions", "group_sets", "having", "sample", "qualify")
        twists = any(source.get(key) for key in ("sample", "column_name_alias", "at_clause"))
        if any(here.get(key) for key in extras) or here["cte_map"]["map"] or twists:
            raise UnsafeSql(f"{table.name} is read by more than a guarded scan")
        if _without_places(here["where_clause"]) not in self._allowed.get(table.name, []):
            raise UnsafeSql(f"{table.name} is read without its guard")
        return True

    def _is_named(self, source: dict[str, Any]) -> bool:
        """A relation that the statement itself names: verified as the rest of it is."""
        is_plain = not source.get("schema_name") and not source.get("catalog_name")
        return is_plain and source.get("table_name") in self._named

    def _object(self, here: dict[str, Any]) -> None:
        kind, family = here.get("type"), here.get("class")
        if family is not None:
            self._expression(here, family)
        elif "select_list" in here or "setop_type" in here:
            names_relations = here["cte_map"]["map"] and here is not self._root
            if kind not in _NODES or names_relations:
                raise UnsafeSql(f"a query of the kind {kind}")
        elif (kind in {"BASE_TABLE", "TABLE_FUNCTION"} and not self._is_named(here)) or (
            "alias" in here and "sample" in here and kind not in _SOURCES
        ):
            raise UnsafeSql(f"a source of the kind {kind}")

    def _expression(self, here: dict[str, Any], family: str) -> None:
        if family not in _CLASSES:
            raise UnsafeSql(f"an expression of the kind {family}")
        if family in {"FUNCTION", "WINDOW"}:
            name = here.get("function_name")
            if name not in FUNCTIONS or here.get("schema") or here.get("catalog"):
                raise UnsafeSql(f"the function {name}")
