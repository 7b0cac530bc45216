"""The columns of each schema version never change: files of that version are read by them."""

from __future__ import annotations

import hashlib

from reports.snapshot.schema import OLDEST_READABLE, SCHEMA_VERSION, TABLES

DIGESTS = {
    1: "8205be50d1296e5a",
    2: "39256cd1c6fdfea5",
    3: "65465a8edc69e325",
    4: "2568765025310a02",
    5: "1dcf76b909610f01",
    6: "0ebd1f8e0671eae5",
    7: "1c729f2ba63a0d9c",
}
"""Of every readable version; a new version adds its own."""


def digest(version: int) -> str:
    columns = sorted(
        f"{table.name}.{column.name} {column.type} {column.required}"
        for table in TABLES
        for column in table.columns
        if max(table.since, column.since) <= version
    )
    return hashlib.sha256("\n".join(columns).encode()).hexdigest()[:16]


def test_a_version_keeps_its_columns() -> None:
    found = {v: digest(v) for v in range(OLDEST_READABLE, SCHEMA_VERSION + 1)}
    assert found == DIGESTS, (
        "A new column or table needs a SCHEMA_VERSION of its own and that number as `since`;"
        f" then state the digest of the new version here: {found}"
    )
