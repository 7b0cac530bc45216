"""Catalogs that are written in a test, over small databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.api import Database
from reports.errors import CatalogFileInvalid
from tests.reports.models.asking import NOW, asked

HEAD = "version: 1\nentities:\n"
Rows = list[tuple[Any, ...]]


def made(path: Path, sql: str) -> Path:
    """A database."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(sql)
    return path


class Writing:
    """Catalogs over one database."""

    def __init__(self, folder: Path, sql: str) -> None:
        self.folder = folder
        self.database = made(folder / "made.duckdb", sql)

    @contextmanager
    def opened(self, text: str | bytes) -> Iterator[Database]:
        """The catalog of ``text``; its head may be left out."""
        file = self.folder / "catalog.yaml"
        if isinstance(text, bytes):
            file.write_bytes(text)
        else:
            file.write_text(text if "version:" in text else HEAD + text, encoding="utf-8")
        found = Database(file, self.database, NOW)
        try:
            yield found
        finally:
            found.close()

    def ask(self, text: str | bytes, entity: str, *measures: Any, **more: Any) -> Rows:
        """The rows of an answer."""
        with self.opened(text) as database:
            return list(database.run(asked(entity, *measures, **more)).rows)

    def refused(self, text: str | bytes) -> list[tuple[str, str]]:
        """Code and place of each problem that the catalog has."""
        with pytest.raises(CatalogFileInvalid) as caught, self.opened(text):
            pass
        assert all(p.message and "Traceback" not in p.message for p in caught.value.problems)
        return [(p.code, p.path) for p in caught.value.problems]


Write = Callable[[str], Writing]
