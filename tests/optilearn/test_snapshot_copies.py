"""Snapshots to take away: private, masked, audited, gone with an erased person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import Client

from optilearn.analytics.sql.copies import withdraw_copies
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.files.models import File
from optilearn.files.services import sweep_orphans
from tests.optilearn.more_snapshots import another, first
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_URL = (tmp_path / "files").as_uri()


def copy(
    twin: Twin, name: str, snapshot: str = "newest", form: str = "duckdb"
) -> tuple[int, dict[str, Any]]:
    path = f"/api/analytics/snapshots/{snapshot}/download?format={form}"
    return call("POST", path, token=token_of(twin, name))


def content(twin: Twin, name: str, file_id: int) -> bytes:
    status, body = call("GET", f"/api/files/{file_id}/url", token=token_of(twin, name))
    assert status == 200, body
    response = Client().get(body["data"]["url"])
    return b"".join(response.streaming_content)  # type: ignore[arg-type,attr-defined]


def test_an_analyst_takes_a_copy_without_names(twins: Twins, tmp_path: Path) -> None:
    north, south = twins
    status, body = copy(north, "anil")
    assert status == 201
    made = body["data"]
    assert made["name"] == f"north-{first(north).snapshot_id}.duckdb"
    assert "students.name" in made["manifest"]["masked"]
    path = tmp_path / "copy.duckdb"
    path.write_bytes(content(north, "anil", made["fileId"]))
    assert path.stat().st_size == made["sizeBytes"]
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("SELECT id, name FROM students ORDER BY id").fetchall()
    assert found == [(north.people[n].pk, None) for n in ("lena", "मीरा", "sven")]
    for twin, name in ((north, "tom"), (north, "lena"), (south, "anil")):
        path_of = f"/api/files/{made['fileId']}/url"
        assert call("GET", path_of, token=token_of(twin, name))[0] == 404


def test_an_earlier_snapshot_is_copied_by_its_id(twins: Twins) -> None:
    north, south = twins
    another(north, "emptier", ("DELETE FROM enrollments",))

    def enrolled(snapshot: str) -> int:
        tables = copy(north, "asha", snapshot)[1]["data"]["manifest"]["tables"]
        return next(int(t["rows"]) for t in tables if t["name"] == "enrollments")

    assert enrolled("newest") == enrolled("emptier") == 0
    assert enrolled(first(north).snapshot_id) == 2
    assert copy(south, "asha", "emptier")[0] == 404
    assert copy(north, "asha", "never")[0] == 404
    assert copy(north, "asha", form="csv")[0] == 400


def test_a_copy_is_audited(twins: Twins) -> None:
    north, _ = twins
    made = copy(north, "anil", form="parquet")[1]["data"]
    with tenant_context(north.id):
        entry = AuditEntry.objects.filter(action="snapshot.copy").latest("id")
    assert entry.actor_id == north.people["anil"].pk
    assert entry.details["snapshot"] == first(north).snapshot_id
    assert (entry.details["format"], entry.details["file"]) == ("parquet", made["fileId"])


def test_copies_go_when_a_person_is_erased(twins: Twins) -> None:
    north, south = twins
    made = copy(north, "anil")[1]["data"]
    other = copy(south, "anil")[1]["data"]
    with tenant_context(north.id):
        assert sweep_orphans() == 0
        assert withdraw_copies() == 1
        assert sweep_orphans() == 1
        assert not File.objects.filter(pk=made["fileId"]).exists()
    with tenant_context(south.id):
        assert File.objects.filter(pk=other["fileId"]).exists()


def test_nothing_is_stored_where_there_is_no_room(twins: Twins, settings: Any) -> None:
    north, _ = twins
    with tenant_context(north.id):
        before = File.objects.count()
    settings.QUOTA_STAFF_MB = 0
    assert copy(north, "anil")[0] == 409
    with tenant_context(north.id):
        assert File.objects.count() == before
