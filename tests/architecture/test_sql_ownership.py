"""Each table is named in SQL, and written, by its own app's modules alone.

Other apps call the owner's services and selectors, follow ORM relations for reading, or compose
the fragments that it publishes in its ``rules.py``. A table's owner is the app of its model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from optilearn.core.access.roles import Role
from tests.architecture.sql import Literal, literals_of
from tests.architecture.support import ROOT, python_files, where

EXEMPT = {
    "platform/optilearn/demo": "loads whole data sets by COPY, and is no part of what serves",
    "platform/optilearn/core/tenancy": "makes the tables: migrations rebuild models without their"
    " code, so a table's name is all that the schema editor has",
}
"""Folders of the product that name others' tables. ``pipelines.snapshots`` isn't asked at all: it
knows the records' tables by design and no product code (an import contract)."""

WRITES_BY_RULES = {
    "platform/optilearn/privacy": "applies the rules that each app declares in personal_data.py",
    "platform/optilearn/core/tenancy": "makes and cleans the tables of all apps",
    "platform/optilearn/demo": "loads whole data sets",
}
_WRITE = re.compile(r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE)\s+(<|\{)", re.IGNORECASE)


def is_below(path: Path, folders: dict[str, str]) -> bool:
    return any(path.is_relative_to(ROOT / folder) for folder in folders)


def app_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[2] if parts[:2] == ("platform", "optilearn") else parts[0]


def owners() -> dict[str, str]:
    return {m._meta.db_table: m._meta.app_label for m in apps.get_models(include_auto_created=True)}


def literals() -> Iterator[Literal]:
    for path in python_files("platform", "worker", "dashboards"):
        yield from literals_of(path)


def enum_values() -> set[str]:
    """The values of the enums that columns hold."""
    found = {role.value for role in Role}
    for model in apps.get_models():
        if not model.__module__.startswith("optilearn."):
            continue
        declared = [
            *vars(model).values(),
            *(getattr(f, "choices", None) for f in model._meta.fields),
        ]
        for one in declared:
            if isinstance(one, type) and issubclass(one, models.TextChoices):
                found |= set(one.values)
            elif isinstance(one, list):
                found |= {str(value) for value, _label in one}
    return found


def test_tables_are_named_by_their_own_app_alone() -> None:
    owner = owners()
    wrong = {
        f"{where(one.path, one.line)} names {name}, a table of {owner[name]}"
        for one in literals()
        if not is_below(one.path, EXEMPT)
        for name in one.names() & owner.keys()
        if owner[name] != app_of(one.path)
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_nobody_writes_a_table_whose_name_is_filled_in() -> None:
    """A published relation is for reading: an owner writes its tables by their plain names."""
    wrong = {
        where(one.path, one.line)
        for one in literals()
        if not is_below(one.path, WRITES_BY_RULES) and _WRITE.search(one.text)
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_enums_are_not_spelled_in_sql() -> None:
    """A status or role in SQL comes from its enum, so that a search for the member finds it."""
    values = enum_values()
    wrong = {
        f"{where(one.path, one.line)} spells {value!r}"
        for one in literals()
        if not is_below(one.path, EXEMPT) and "redis.call(" not in one.text  # Lua
        for value in one.strings() & values
    }
    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.parametrize("folder", [*EXEMPT, *WRITES_BY_RULES])
def test_exempt_folders_are_there(folder: str) -> None:
    assert (ROOT / folder).is_dir()


@pytest.mark.parametrize(
    ("source", "names", "strings"),
    [
        ("x = 'SELECT a FROM people_person p'", {"people_person"}, set()),
        ("x = f'JOIN \"people_person\" p ON {y}'", {"people_person"}, set()),
        ("x = '-- people_person\\nSELECT 1'", set(), set()),
        ("x = \"status IN ('ACTIVE', 'x')\"", set(), {"ACTIVE", "x"}),
        ("x = f\"status = '{y}'\"", set(), {"{}"}),
        ('x = "You can\'t read people_person"', {"people_person"}, set()),
        ("def f():\n    'people_person and \\'ACTIVE\\''", set(), set()),
    ],
)
def test_literals_are_read_as_postgresql_reads_them(
    tmp_path: Path, source: str, names: set[str], strings: set[str]
) -> None:
    path = tmp_path / "some.py"
    path.write_text(source, encoding="utf-8")
    found = list(literals_of(path))
    assert {name for one in found for name in one.names()} & {"people_person"} == names
    assert {value for one in found for value in one.strings()} == strings
