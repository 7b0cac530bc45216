"""Snapshots taken before an erasure are rewritten: no kept file holds the person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from optilearn.core.personal_data import Treatment
from optilearn.privacy.rules import RULES
from pipelines.snapshots.erase import BLANKED, ERASED_NAME, REMOVED, erase_people
from pipelines.snapshots.errors import ChecksFailedError
from pipelines.snapshots.registry import SnapshotRegistry
from pipelines.snapshots.source import SOURCES
from reports.snapshot.manifest import Manifest
from reports.snapshot.storage import LocalStorage, digest_of
from tests.optilearn.privacy.school import School, records, school, secrets_in
from tests.support.services import Database

pytestmark = pytest.mark.slow

LENA = {"Lenaxq", "codelenaxq", "Gryffinxq"}


@pytest.fixture(scope="module")
def unchanged() -> Iterator[Database]:
    """Records that no test of these changes."""
    with records() as database:
        yield database


@pytest.fixture
def north(unchanged: Database, tmp_path: Path) -> Iterator[School]:
    with school(unchanged, tmp_path / "store") as made:
        yield made


def held(north: School) -> list[set[str]]:
    """The names in each kept file, oldest first."""
    return [secrets_in(north.store / key) for _, key, *_ in north.registry()]


def check_files(north: School) -> None:
    """Every kept row has its file, whole and as the file itself says; and nothing else lies there."""  # noqa: E501
    kept = north.registry()
    assert {path.name for path in north.files()} == {key.rsplit("/", 1)[1] for _, key, *_ in kept}
    for snapshot, key, digest, size in kept:
        path = north.store / key
        assert (digest_of(path), path.stat().st_size) == (digest, size)
        with duckdb.connect(str(path), read_only=True) as file:
            text = file.execute("SELECT document FROM _manifest").fetchall()[0][0]
            manifest = Manifest.from_json(text)
            for table, facts in manifest.tables.items():
                assert file.execute(f"SELECT count(*) FROM {table}").fetchall() == [(facts.rows,)]
        assert manifest.snapshot_id == snapshot
        [(stored,)] = north.rows(
            "SELECT manifest FROM analytics_snapshot WHERE institution_id = %s AND snapshot_id = %s",  # noqa: E501
            north.institution.id,
            snapshot,
        )
        assert stored == json.loads(text)


def numbers(path: Path, others_than: int) -> list[Any]:
    """What a file says of everybody else."""
    with duckdb.connect(str(path), read_only=True) as file:
        found: list[Any] = []
        for table, column in {**REMOVED, **BLANKED}.items():
            query = f"SELECT * FROM {table} WHERE {column} <> {others_than} ORDER BY id"
            found += file.execute(query).fetchall()
        for table in ("courses", "modules", "lessons", "submissions", "lesson_progress"):
            found += file.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
        return found


def test_an_erased_person_is_in_no_kept_file(north: School) -> None:
    assert held(north) == [set(LENA | {"मीराxq", "codeमीराxq", "Tomxq", "codetomxq"})] * 3
    lena = north.person("crm-lena")
    before = {s: numbers(north.store / key, lena) for s, key, *_ in north.registry()}
    old = {key for _, key, *_ in north.registry()}
    done = north.run("-m", "pipelines.snapshots", "erase", "--institution", "north", "--person", str(lena))  # fmt: skip  # noqa: E501
    assert done.returncode == 0, done.stderr
    assert "3 of 3 snapshots rewritten" in done.stdout
    assert held(north) == [{"मीराxq", "codeमीराxq", "Tomxq", "codetomxq"}] * 3
    assert not old & {key for _, key, *_ in north.registry()}
    check_files(north)
    for snapshot, key, *_ in north.registry():
        path = north.store / key
        assert numbers(path, lena) == before[snapshot]
        with duckdb.connect(str(path), read_only=True) as file:
            row = file.execute(
                f'SELECT name, code, "attributes.house", status FROM students WHERE id = {lena}'
            ).fetchall()
            assert row == [(ERASED_NAME, None, None, "ACTIVE")]
            assert file.execute(
                f"SELECT count(*) FROM activity WHERE student_id = {lena}"
            ).fetchall() == [(0,)]
            assert file.execute(
                f"SELECT count(*) FROM submissions WHERE student_id = {lena}"
            ).fetchall() == [(1,)]
    kept = north.registry()
    again = north.run("-m", "pipelines.snapshots", "erase", "--institution", "north", "--person", str(lena))  # fmt: skip  # noqa: E501
    assert "0 of 3 snapshots rewritten, 0 old files removed" in again.stdout
    assert north.registry() == kept


def test_several_at_once_staff_too(north: School) -> None:
    people = {north.person("crm-मीरा"), north.person("crm-tom")}
    done = erase_people(north.service, north.institution, people)
    assert len(done.rewritten) == 3
    assert held(north) == [LENA] * 3
    check_files(north)


def test_nobody_known(north: School) -> None:
    kept = north.registry()
    assert erase_people(north.service, north.institution, {10**12}).rewritten == ()
    assert north.registry() == kept
    check_files(north)
    assert north.run("-m", "pipelines.snapshots", "erase", "--institution", "x", "--person", "1").returncode == 2  # fmt: skip  # noqa: E501


class Killed(BaseException):
    """As if the process were gone."""


def dying(real: Callable[..., Any], when: str, at: int) -> Callable[..., Any]:
    """The function, which dies before or after its work in its n-th call."""
    calls = 0

    def call(*words: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at and when == "before":
            raise Killed
        answer = real(*words, **named)
        if calls == at:
            raise Killed
        return answer

    return call


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (LocalStorage, "publish"),
        (LocalStorage, "delete"),
        (SnapshotRegistry, "replace_file"),
    ],
)
def test_stopped_anywhere_the_next_run_ends_the_same(
    north: School, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: str
) -> None:
    lena = north.person("crm-lena")
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dying(getattr(owner, name), when, 2))
        with pytest.raises(Killed):
            erase_people(north.service, north.institution, {lena})
    for _, key, *_ in north.registry():
        assert (north.store / key).exists()  # readers never find a row without its file
    erase_people(north.service, north.institution, {lena})
    assert held(north) == [{"मीराxq", "codeमीराxq", "Tomxq", "codetomxq"}] * 3
    check_files(north)


def test_a_copy_that_is_not_the_same_is_not_published(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.snapshots import erase

    kept = north.registry()
    monkeypatch.setattr(erase._Copy, "_staying", lambda self, table: " WHERE id > 5")
    with pytest.raises(ChecksFailedError, match="would differ in more"):
        erase_people(north.service, north.institution, {north.person("crm-lena")})
    assert north.registry() == kept
    check_files(north)


def test_an_erasure_from_the_record_to_the_last_file(tmp_path: Path) -> None:
    """The whole way: records, kept files, and the snapshots after them."""
    with records() as database, school(database, tmp_path / "store") as north:
        _erase_lena(north)


def _erase_lena(north: School) -> None:
    lena, asha = north.person("crm-lena"), north.person("crm-asha")
    out = north.script(
        f"""
from unittest.mock import patch
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.privacy import services
from optilearn.privacy.rewriting import rewrite_snapshots
principal = Principal({north.institution.id}, "north", {asha}, Role.ADMIN, "Asha", "en")
with patch.object(services, "enqueue", lambda task: print(task)):
    services.erase_person(principal=principal, person_id={lena}, reason="asked", confirm="codelenaxq")
print(rewrite_snapshots(), rewrite_snapshots())
"""  # noqa: E501
    )
    assert out.split() == ["privacy.rewrite_snapshots", "1", "0"]
    assert held(north) == [{"मीराxq", "codeमीराxq", "Tomxq", "codetomxq"}] * 3
    check_files(north)
    outcome = north.take()
    assert "the refresh failed" not in outcome.reason
    north.take(full=True)
    assert held(north) == [{"मीराxq", "codeमीराxq", "Tomxq", "codetomxq"}] * 5
    assert erase_people(north.service, north.institution, {lena}).rewritten == ()
    [(name, crm_id, status)] = north.rows(
        "SELECT name, crm_id, status FROM people_person WHERE institution_id = %s AND id = %s",
        north.institution.id,
        lena,
    )
    assert (name, status) == ("Erased person", "INACTIVE")
    assert crm_id.startswith("erased:")


def test_the_files_follow_the_rules_of_the_records() -> None:
    """What the records lose by a rule, the files lose; what they overwrite, the files overwrite."""
    rules = {(rule.table, rule.column): rule for rule in RULES}
    for source in SOURCES:
        if source.relation == "people_person":
            assert BLANKED[source.table.name] == "id"
            continue
        columns = {c.name for c in source.table.columns}
        theirs = [r for (table, c), r in rules.items() if table == source.relation and c in columns]
        for rule in theirs:
            name = source.table.name
            assert (REMOVED.get(name) == rule.column) is (rule.treatment is Treatment.CASCADE)
            if rule.treatment is Treatment.ANONYMISE and source.table.attributes_of:
                assert BLANKED.get(name) == rule.column
