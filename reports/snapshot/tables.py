"""The parts of the physical schema: tables, their columns and references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OLDEST_READABLE: Final = 1
"""From this schema version on, tables and columns were only added."""


@dataclass(frozen=True)
class Column:
    """One column: ``type`` is DuckDB's name of it; ``required`` forbids NULL."""

    name: str
    type: str
    required: bool = False
    since: int = OLDEST_READABLE
    """The first schema version that has it."""


@dataclass(frozen=True)
class Reference:
    """A many-to-one reference: ``column`` holds the ``id`` of a row of ``table``."""

    column: str
    table: str


@dataclass(frozen=True)
class Table:
    """A table of the snapshot; its key is ``id`` and its rows lie in ``id`` order."""

    name: str
    columns: tuple[Column, ...]
    references: tuple[Reference, ...] = ()
    attributes_of: str | None = None
    """The entity whose custom attributes become columns ``attributes.<key>`` here."""
    since: int = OLDEST_READABLE
    """The first schema version that has it."""


def key() -> Column:
    """The column of a row's own id."""
    return Column("id", "BIGINT", required=True)


def text(name: str, *, required: bool = False, since: int = OLDEST_READABLE) -> Column:
    """A column of texts."""
    return Column(name, "VARCHAR", required, since)


def link(name: str, *, required: bool = True) -> Column:
    """A column of another row's ids."""
    return Column(name, "BIGINT", required)


def moment(
    stem: str, *, required: bool = False, since: int = OLDEST_READABLE
) -> tuple[Column, Column]:
    """The columns of a UTC instant and its local date."""
    return (
        Column(f"{stem}_at", "TIMESTAMP", required, since),
        Column(f"{stem}_on", "DATE", required, since),
    )
