"""Killed, starved, cut off or crowded: nothing half published, and the next run heals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.snapshots.errors import BuildError, BusyError, SourceError
from pipelines.snapshots.progress import Stage, Step
from pipelines.snapshots.service import SnapshotKind, SnapshotRequest, SnapshotService
from pipelines.snapshots.settings import Limits, SnapshotSettings
from reports.snapshot.manifest import Manifest
from reports.snapshot.storage import LocalStorage, StoredFile
from tests.pipelines.files import manifest, published_path, registry
from tests.pipelines.records import Records, superuser
from tests.support.database import ROOT
from tests.support.services import Database

pytestmark = pytest.mark.slow

KILLED_AT = """
import os, signal, sys
from pathlib import Path
from pipelines.snapshots.extract import Institution
from pipelines.snapshots.service import SnapshotRequest, SnapshotService
from pipelines.snapshots.settings import SnapshotSettings
from reports.snapshot.storage import LocalStorage

url, store, number, slug, full, stage = sys.argv[1:]

def progress(step):
    if step.stage.value == stage:
        os.kill(os.getpid(), signal.SIGKILL)

with SnapshotService(SnapshotSettings(url, LocalStorage(Path(store)))) as service:
    service.take(Institution(int(number), slug), SnapshotRequest(full=full == "full"), progress)
"""


def killed(settings: SnapshotSettings, records: Records, *, full: bool, stage: Stage) -> None:
    """Take a snapshot in a process that is killed when it says that it is at a stage."""
    storage = settings.storage
    assert isinstance(storage, LocalStorage)
    institution = records.institution
    words = [settings.database_url, str(storage.root), str(institution.id), institution.slug]
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT, *words, "full" if full else "", stage.value],
        cwd=ROOT,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("full", [True, False], ids=["full", "incremental"])
@pytest.mark.parametrize("stage", [s for s in Stage if s is not Stage.WAITING])
def test_killed_at_any_stage(
    stage: Stage,
    full: bool,
    service: SnapshotService,
    settings: SnapshotSettings,
    springdale: Records,
) -> None:
    springdale.some()
    service.take(springdale.institution)
    good = published_path(service, springdale)
    springdale.person(name="New")
    killed(settings, springdale, full=full, stage=stage)
    is_out = stage in {Stage.PUBLISHED, Stage.TIDIED}
    assert (published_path(service, springdale) != good) == is_out
    assert [row[1] for row in registry(springdale)] == ["PUBLISHED"] * (2 if is_out else 1)
    springdale.person(name="Newer")
    outcome = service.take(springdale.institution)
    path = published_path(service, springdale)
    assert manifest(service, springdale).snapshot_id == outcome.snapshot_id
    published = springdale.run(
        "SELECT storage_key FROM analytics_snapshot WHERE institution_id = $i AND status = "
        "'PUBLISHED'"
    )
    assert {p.name for p in path.parent.iterdir()} == {Path(key).name for (key,) in published}


def test_the_disk_is_full(
    service: SnapshotService, settings: SnapshotSettings, springdale: Records
) -> None:
    """A file may not grow beyond what the disk has; the limit is lifted afterwards."""
    import resource

    springdale.some(students=100, events=300)
    service.take(springdale.institution)
    good = published_path(service, springdale)
    springdale.run("UPDATE activity_event SET clicks = clicks + 1 WHERE institution_id = $i")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        for full in (True, False):
            with pytest.raises(BuildError, match="could not be written"):
                service.take(springdale.institution, SnapshotRequest(full=full))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert registry(springdale)[-1][1] == "FAILED"
    assert list(good.parent.iterdir()) == [good]
    assert service.take(springdale.institution).kind is not SnapshotKind.UNCHANGED


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_file_system_without_room(
    settings: SnapshotSettings, springdale: Records, tmp_path: Path
) -> None:
    springdale.some(students=100, events=300)
    mount = tmp_path / "small"
    mount.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", mount],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("this machine mounts nothing")
    try:
        cramped = replace(settings, storage=LocalStorage(mount))
        with SnapshotService(cramped) as service, pytest.raises(BuildError, match="be written"):
            service.take(springdale.institution)
        assert [p for p in mount.rglob("*") if p.is_file()] == []
        assert registry(springdale) == [("FULL", "FAILED", registry(springdale)[0][2])]
    finally:
        subprocess.run(["umount", mount], check=True)


@pytest.mark.parametrize("stage", [Stage.READING, Stage.BUILT, Stage.SEALED, Stage.STORED])
@pytest.mark.parametrize("full", [True, False], ids=["full", "incremental"])
def test_postgresql_goes_away(
    full: bool, stage: Stage, service: SnapshotService, springdale: Records, database: Database
) -> None:
    """All of its connections die at once, as when the server stops."""
    springdale.some()
    service.take(springdale.institution)
    springdale.person(name="New")
    good = published_path(service, springdale)

    def cut(step: Step) -> None:
        if step.stage is stage:
            with superuser(database) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                    "WHERE usename = 'optilearn_etl' AND datname = current_database()"
                )

    with pytest.raises(SourceError, match="PostgreSQL"):
        service.take(springdale.institution, SnapshotRequest(full=full), cut)
    assert published_path(service, springdale) == good
    assert service.take(springdale.institution).kind is SnapshotKind.INCREMENTAL
    assert len(list(good.parent.iterdir())) == 2


def test_two_at_once(
    service: SnapshotService, settings: SnapshotSettings, springdale: Records
) -> None:
    springdale.some()
    impatient = replace(settings, limits=Limits(wait_seconds=0.1))

    def meanwhile(step: Step) -> None:
        if step.stage is Stage.BUILT:
            with (
                SnapshotService(impatient) as second,
                pytest.raises(BusyError, match="Another snapshot"),
            ):
                second.take(springdale.institution)

    assert service.take(springdale.institution, progress=meanwhile).kind is SnapshotKind.FULL
    with SnapshotService(impatient) as second:
        assert second.take(springdale.institution).kind is SnapshotKind.UNCHANGED


def test_a_wrong_address_is_reported_without_the_password(settings: SnapshotSettings) -> None:
    wrong = replace(settings, database_url="postgresql://etl:hush@127.0.0.1:1/none")
    assert "hush" not in repr(wrong)
    with SnapshotService(wrong) as service, pytest.raises(SourceError) as caught:
        service.roster()
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("full", [True, False], ids=["full", "incremental"])
def test_a_file_is_on_the_disk_before_its_row(
    full: bool, service: SnapshotService, springdale: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB doesn't flush its writes, so the file is flushed after the last one."""
    springdale.some()
    service.take(springdale.institution)
    springdale.person(name="New")
    flushed: dict[int, int] = {}
    flush, publish = os.fsync, service.registry.publish

    def fsync(descriptor: int) -> None:
        flush(descriptor)
        state = os.fstat(descriptor)
        flushed[state.st_ino] = state.st_mtime_ns

    def checked(attempt: Any, file: StoredFile, manifest: Manifest) -> None:
        state = service.settings.storage.fetch(file).stat()
        assert flushed[state.st_ino] == state.st_mtime_ns
        publish(attempt, file, manifest)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(service.registry, "publish", checked)
    service.take(springdale.institution, SnapshotRequest(full=full))
    assert len(registry(springdale)) == 2
