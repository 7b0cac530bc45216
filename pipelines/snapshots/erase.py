"""Kept snapshots without a person who was erased.

The rules are those of the records (``optilearn.privacy.rules``; a test compares them): rows
that an erasure deletes go, what could name the person is overwritten, and the rest stays, as it
leads to a row without a name. A file never changes: each that holds the person is written anew,
so that no old byte is left in it, compared with the old one, and published under a new key; then
the old file is removed. Stopped anywhere, the next run ends in the same state.
"""

# ruff: noqa: S608  (SQL over names that the file itself lists, quoted; values are numbers)

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipelines.snapshots.build import PARALLEL_ROWS
from pipelines.snapshots.catalogue import Published
from pipelines.snapshots.checks import DIGEST
from pipelines.snapshots.errors import BuildError, ChecksFailedError
from pipelines.snapshots.extract import Institution
from pipelines.snapshots.service import SnapshotService
from pipelines.snapshots.source import identifier, literal
from pipelines.snapshots.workspace import (
    LARGE_BLOCK,
    SMALL_BLOCK,
    SnapshotFile,
    file_errors,
)
from reports.snapshot.layout import SUFFIX, checked_key
from reports.snapshot.manifest import MANIFEST_TABLE
from reports.snapshot.storage import FileMissingError, StoredFile, digest_of

REMOVED: Final[Mapping[str, str]] = {"activity": "student_id", "deliveries": "person_id"}
"""Tables whose rows go with the person, and the column that says whose they are."""
BLANKED: Final[Mapping[str, str]] = {
    "students": "id",
    "staff": "id",
    "enrollments": "student_id",
}
"""Tables whose rows stay without what could name the person, and whose rows they are."""
ERASED_NAME: Final = "Erased person"
_OVERWRITTEN: Final[Mapping[str, str]] = {
    "name": literal(ERASED_NAME),
    # The records' own placeholder names nobody: a snapshot taken since then has it.
    "code": "CASE WHEN starts_with(code, 'erased:') THEN code END",
    "email": "NULL",
}
_ATTRIBUTES: Final = "attributes."


@dataclass(frozen=True)
class Rewritten:
    """The result for the stored files."""

    looked_at: int
    rewritten: tuple[str, ...]
    """The snapshots that held one of the people."""
    removed: tuple[str, ...]
    """The keys of files that no snapshot names any more."""


def erase_people(
    service: SnapshotService, institution: Institution, people: Collection[int]
) -> Rewritten:
    """Rewrite every kept snapshot in which one of the people appears.

    Waits for a snapshot that is being taken: it may have read the records before the erasure.
    Raises ``SnapshotError`` or ``StorageError``; what was done until then stays done.
    """
    storage, wanted = service.settings.storage, sorted(people)
    with service.catalogue.locked(institution, service.settings.limits.wait_seconds):
        kept = service.catalogue.published(institution)
        for folder in {_folder(snapshot) for snapshot in kept}:
            storage.sweep(folder)
        rewritten = [
            snapshot.snapshot_id
            for snapshot in kept
            if _rewrite(service, institution, snapshot, wanted)
        ]
        removed = _remove_unnamed(service, institution)
    return Rewritten(len(kept), tuple(rewritten), removed)


def _folder(snapshot: Published) -> str:
    return snapshot.file.key.rsplit("/", 1)[0] + "/"


def _remove_unnamed(service: SnapshotService, institution: Institution) -> tuple[str, ...]:
    """Old files, this run's and those of one that was killed before it came to them."""
    kept = service.catalogue.published(institution)
    named = {snapshot.file.key for snapshot in kept}
    folders = sorted({_folder(snapshot) for snapshot in kept})
    storage = service.settings.storage
    unnamed = [key for folder in folders for key in storage.keys(folder) if key not in named]
    for key in unnamed:
        storage.delete(key)
    return tuple(unnamed)


def _rewrite(
    service: SnapshotService, institution: Institution, snapshot: Published, people: list[int]
) -> bool:
    """Rewrite a snapshot without them; return True if it held one of them."""
    storage = service.settings.storage
    try:
        origin = storage.fetch(snapshot.file)
    except FileMissingError:
        return False  # what is lost holds nobody
    stem = f"{_folder(snapshot)}{snapshot.snapshot_id}"
    key = checked_key(f"{stem}-e{secrets.token_hex(4)}{SUFFIX}")
    path = storage.workplace(key)
    try:
        manifest = _made(service, snapshot, (origin, path), people)
        if manifest is None:
            return False
        with file_errors():
            made = StoredFile(key, digest_of(path), path.stat().st_size)
        storage.publish(path, made)
    finally:
        path.unlink(missing_ok=True)
    service.catalogue.replace_file(institution, snapshot, made, manifest)
    storage.delete(snapshot.file.key)
    origin.unlink(missing_ok=True)  # of a bucket's file: the copy on this machine
    return True


def _made(
    service: SnapshotService, snapshot: Published, paths: tuple[Path, Path], people: list[int]
) -> str | None:
    """The manifest of the new file; None if the old one holds nobody of them."""
    manifest: dict[str, Any] = json.loads(snapshot.manifest_text)
    rows = sum(int(facts["rows"]) for facts in manifest["tables"].values())
    block = LARGE_BLOCK if rows >= PARALLEL_ROWS else SMALL_BLOCK
    origin, path = paths
    try:
        with service.workspace.opened(path, block_size=block) as file:
            copy = _Copy(file, origin, people)
            try:
                if not copy.holds_them():
                    return None
                manifest["tables"] |= copy.make()
            finally:
                copy.close()
            text = json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            file.write_manifest(text)
            return text
    except BaseException:
        service.forget_workspace()
        raise


class _Copy:
    """The old file beside the new one, which gets its tables."""

    def __init__(self, file: SnapshotFile, origin: Path, people: list[int]) -> None:
        self._file = file
        self._people = "(" + ", ".join(str(int(person)) for person in people) + ")"
        file.execute(f"ATTACH {literal(str(origin))} AS origin (READ_ONLY)")
        self._tables = self._columns()

    def close(self) -> None:
        """Let go of the old file."""
        self._file.execute("DETACH origin")

    def holds_them(self) -> bool:
        """Return True if the old file has any data of theirs."""
        return any(self._file.number(query) for query in self._questions())

    def make(self) -> dict[str, dict[str, Any]]:
        """Fill the new file; the facts of its tables. Raises ``ChecksFailedError``."""
        facts = {}
        with self._file.transaction():
            for table, columns in self._tables.items():
                declared = ", ".join(
                    f"{identifier(name)} {kind}{'' if nullable else ' NOT NULL'}"
                    for name, kind, nullable in columns
                )
                self._file.execute(f"CREATE TABLE snapshot.{identifier(table)} ({declared})")
                self._file.execute(
                    f"INSERT INTO snapshot.{identifier(table)} SELECT {self._made(table)} "
                    f"FROM origin.{identifier(table)}{self._staying(table)}"
                )
                facts[table] = self._compared(table)
        return facts

    def _columns(self) -> dict[str, list[tuple[str, str, bool]]]:
        """The old file's tables with their columns (name, type, whether NULL may stand there)."""
        rows = self._file.execute(
            "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
            "WHERE database_name = 'origin' AND NOT internal ORDER BY table_oid, column_index"
        )
        found: dict[str, list[tuple[str, str, bool]]] = {}
        for table, name, kind, nullable in rows:
            if table != MANIFEST_TABLE:
                found.setdefault(str(table), []).append((str(name), str(kind), bool(nullable)))
        if not found:
            raise BuildError("The snapshot file holds no tables.")
        return found

    def _questions(self) -> list[str]:
        asked = []
        for table, column in {**REMOVED, **BLANKED}.items():
            if table not in self._tables:
                continue
            theirs = f"{identifier(column)} IN {self._people}"
            if table in BLANKED:
                left = [
                    f"{identifier(name)} IS DISTINCT FROM {value}"
                    for name, value in self._overwritten(table).items()
                ]
                theirs += f" AND ({' OR '.join(left) or 'false'})"
            asked.append(f"SELECT count(*) FROM origin.{identifier(table)} WHERE {theirs}")
        return asked

    def _overwritten(self, table: str) -> dict[str, str]:
        """SQL of the values that stand in the rows of a person."""
        found = {}
        for name, _, _ in self._tables[table]:
            if name.startswith(_ATTRIBUTES):
                found[name] = "NULL"
            elif name in _OVERWRITTEN and BLANKED[table] == "id":
                found[name] = _OVERWRITTEN[name]
        return found

    def _made(self, table: str) -> str:
        values = self._overwritten(table) if table in BLANKED else {}
        theirs = f"{identifier(BLANKED.get(table, 'id'))} IN {self._people}"
        return ", ".join(
            f"CASE WHEN {theirs} THEN {values[name]} ELSE {identifier(name)} END"
            if name in values
            else identifier(name)
            for name, _, _ in self._tables[table]
        )

    def _staying(self, table: str) -> str:
        """WHERE of the rows that stay."""
        column = REMOVED.get(table)
        return f" WHERE {identifier(column)} NOT IN {self._people}" if column else ""

    def _compared(self, table: str) -> dict[str, Any]:
        """The new table's facts, once its rows and the others' values are as they were."""
        new, old = f"snapshot.{identifier(table)}", f"origin.{identifier(table)}"
        column = REMOVED.get(table) or BLANKED.get(table)
        others = f" WHERE {identifier(column)} NOT IN {self._people}" if column else ""
        staying = self._facts(table, old, self._staying(table))
        found = self._facts(table, new)
        unordered = self._file.number(
            f"SELECT count(*) FROM (SELECT id <= lag(id) OVER () AS wrong FROM {new}) WHERE wrong"
        )
        same = self._facts(table, new, others) == self._facts(table, old, others)
        if found["rows"] != staying["rows"] or not same or unordered:
            raise ChecksFailedError(
                (f"{table} would not be what it was after the person was taken out.",)
            )
        return found

    def _facts(self, table: str, relation: str, where: str = "") -> dict[str, Any]:
        """As ``checks.table_facts``, of whatever columns the file has."""
        columns = ", ".join(identifier(name) for name, _, _ in self._tables[table])
        count, total = self._file.execute(
            f"SELECT count(*), coalesce(sum(hash({columns})), 0) FROM {relation}{where}"
        )[0]
        return {"rows": int(str(count)), "digest": f"{DIGEST}{int(str(total)):032x}"}
