"""Rewrite stored snapshots without a person who was erased.

The rules are those of the records (``optilearn.privacy.rules``; a test compares them): rows
that an erasure deletes are left out, values that could name the person are overwritten, and the
rest stays, as it refers to a row without a name. A file never changes: each one that has the person
is written anew, so that no old byte is left in it, compared with the old one, and published under a
new key; then the old file is removed. After a kill the next run ends in the same state.
"""

# ruff: noqa: S608  (SQL over names that the file itself lists, quoted; values are numbers)

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipelines.snapshots.checks import DIGEST
from pipelines.snapshots.errors import BuildError, ChecksFailedError
from pipelines.snapshots.extract import Institution
from pipelines.snapshots.full import PARALLEL_ROWS
from pipelines.snapshots.registry import Published
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

REMOVED: Final[Mapping[str, str]] = {
    "activity": "student_id",
    "deliveries": "person_id",
    "points": "student_id",
}
"""Tables whose rows are deleted with the person, and the column of the person's id."""
BLANKED: Final[Mapping[str, str]] = {
    "students": "id",
    "staff": "id",
    "enrollments": "student_id",
}
"""Tables whose rows stay without identifying values, and the column of the person's id."""
ERASED_NAME: Final = "Erased person"
_OVERWRITTEN: Final[Mapping[str, str]] = {
    "name": literal(ERASED_NAME),
    # The records' own placeholder identifies nobody: snapshots taken since then have it.
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
    """Rewrite every stored snapshot in which one of the people appears.

    Waits for a snapshot that is being taken: it may have read the records before the erasure.
    Raises ``SnapshotError`` or ``StorageError``; snapshots rewritten until then stay rewritten.
    """
    storage, wanted = service.settings.storage, sorted(people)
    with service.registry.locked(institution, service.settings.limits.wait_seconds):
        stored = service.registry.published(institution)
        for folder in {_folder(snapshot) for snapshot in stored}:
            storage.sweep(folder)
        rewritten = [
            snapshot.snapshot_id
            for snapshot in stored
            if _rewrite(service, institution, snapshot, wanted)
        ]
        removed = _remove_unnamed(service, institution)
    return Rewritten(len(stored), tuple(rewritten), removed)


def _folder(snapshot: Published) -> str:
    return snapshot.file.key.rsplit("/", 1)[0] + "/"


def _remove_unnamed(service: SnapshotService, institution: Institution) -> tuple[str, ...]:
    """Remove old files, of this run and of one that was killed before it removed its own."""
    stored = service.registry.published(institution)
    named = {snapshot.file.key for snapshot in stored}
    folders = sorted({_folder(snapshot) for snapshot in stored})
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
        return False  # a lost file has nobody in it
    stem = f"{_folder(snapshot)}{snapshot.snapshot_id}"
    key = checked_key(f"{stem}-e{secrets.token_hex(4)}{SUFFIX}")
    path = storage.workplace(key)
    try:
        manifest = _write_copy(service, snapshot, (origin, path), people)
        if manifest is None:
            return False
        with file_errors():
            rewritten = StoredFile(key, digest_of(path), path.stat().st_size)
        storage.publish(path, rewritten)
    finally:
        path.unlink(missing_ok=True)
    service.registry.replace_file(institution, snapshot, rewritten, manifest)
    storage.delete(snapshot.file.key)
    origin.unlink(missing_ok=True)  # of a bucket's file: the copy on this machine
    return True


def _write_copy(
    service: SnapshotService, snapshot: Published, paths: tuple[Path, Path], people: list[int]
) -> str | None:
    """Write the new file; return its manifest, or None if the old one has nobody of them."""
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
                manifest["tables"] |= copy.write()
            finally:
                copy.close()
            text = json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            file.write_manifest(text)
            return text
    except BaseException:
        service.discard_workspace()
        raise


class _Copy:
    """A copy of the old file's tables into the new one."""

    def __init__(self, file: SnapshotFile, origin: Path, people: list[int]) -> None:
        self._file = file
        self._people = "(" + ", ".join(str(int(person)) for person in people) + ")"
        file.execute(f"ATTACH {literal(str(origin))} AS origin (READ_ONLY)")
        self._tables = self._columns()

    def close(self) -> None:
        """Detach the old file."""
        self._file.execute("DETACH origin")

    def holds_them(self) -> bool:
        """Return True if the old file has any data of theirs."""
        return any(self._file.number(query) for query in self._counts())

    def write(self) -> dict[str, dict[str, Any]]:
        """Fill the new file; return the facts of its tables. Raises ``ChecksFailedError``."""
        facts = {}
        with self._file.transaction():
            for table, columns in self._tables.items():
                declared = ", ".join(
                    f"{identifier(name)} {kind}{'' if nullable else ' NOT NULL'}"
                    for name, kind, nullable in columns
                )
                self._file.execute(f"CREATE TABLE snapshot.{identifier(table)} ({declared})")
                self._file.execute(
                    f"INSERT INTO snapshot.{identifier(table)} SELECT {self._select_list(table)} "
                    f"FROM origin.{identifier(table)}{self._staying(table)}"
                )
                facts[table] = self._compared(table)
        return facts

    def _columns(self) -> dict[str, list[tuple[str, str, bool]]]:
        """Return the old file's tables with their columns (name, type, nullable)."""
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

    def _counts(self) -> list[str]:
        queries = []
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
            queries.append(f"SELECT count(*) FROM origin.{identifier(table)} WHERE {theirs}")
        return queries

    def _overwritten(self, table: str) -> dict[str, str]:
        """Return the SQL of the values in a person's rows."""
        found = {}
        for name, _, _ in self._tables[table]:
            if name.startswith(_ATTRIBUTES):
                found[name] = "NULL"
            elif name in _OVERWRITTEN and BLANKED[table] == "id":
                found[name] = _OVERWRITTEN[name]
        return found

    def _select_list(self, table: str) -> str:
        values = self._overwritten(table) if table in BLANKED else {}
        theirs = f"{identifier(BLANKED.get(table, 'id'))} IN {self._people}"
        return ", ".join(
            f"CASE WHEN {theirs} THEN {values[name]} ELSE {identifier(name)} END"
            if name in values
            else identifier(name)
            for name, _, _ in self._tables[table]
        )

    def _staying(self, table: str) -> str:
        """Return the WHERE clause of the rows that stay."""
        column = REMOVED.get(table)
        return f" WHERE {identifier(column)} NOT IN {self._people}" if column else ""

    def _compared(self, table: str) -> dict[str, Any]:
        """Return the new table's facts, after comparing its rows and other people's values."""
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
                (f"{table} would differ in more than the person who was removed.",)
            )
        return found

    def _facts(self, table: str, relation: str, where: str = "") -> dict[str, Any]:
        """As ``checks.table_facts``, of whatever columns the file has."""
        columns = ", ".join(identifier(name) for name, _, _ in self._tables[table])
        count, total = self._file.execute(
            f"SELECT count(*), coalesce(sum(hash({columns})), 0) FROM {relation}{where}"
        )[0]
        return {"rows": int(str(count)), "digest": f"{DIGEST}{int(str(total)):032x}"}
