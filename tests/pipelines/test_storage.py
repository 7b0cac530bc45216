"""Snapshots in a folder, and in an S3-compatible store on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pipelines.snapshots.service import SnapshotKind, SnapshotService
from pipelines.snapshots.settings import SnapshotSettings
from reports.snapshot.layout import checked_key, storage_key
from reports.snapshot.storage import (
    FileDamagedError,
    FileMissingError,
    LocalStorage,
    S3Storage,
    StorageError,
    StoredFile,
    digest_of,
    open_storage,
)
from tests.pipelines.records import Records

KEY = "0123456789ab/7/20260101T000000Z-abcdef01.duckdb"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> S3Storage:
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="snapshots")
    storage = open_storage("s3://snapshots/optilearn", cache=tmp_path / "cache")
    assert isinstance(storage, S3Storage)
    for key in storage.keys(""):
        storage.delete(key)
    return storage


def stored(storage: LocalStorage | S3Storage, content: bytes, key: str = KEY) -> StoredFile:
    built = storage.workplace(key)
    built.write_bytes(content)
    file = StoredFile(key, digest_of(built), len(content))
    storage.publish(built, file)
    return file


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> LocalStorage | S3Storage:
    if request.param == "folder":
        return LocalStorage(tmp_path / "store")
    found: S3Storage = request.getfixturevalue("s3")
    return found


def test_what_was_published_is_fetched(storage: LocalStorage | S3Storage) -> None:
    file = stored(storage, b"rows")
    assert storage.fetch(file).read_bytes() == b"rows"
    assert storage.holds(file)
    assert storage.keys("0123456789ab/7/") == [KEY]
    assert storage.keys("0123456789ab/8/") == []
    assert not storage.workplace(KEY).exists()
    storage.delete(KEY)
    storage.delete(KEY)
    assert not storage.holds(file)


def test_a_missing_file_is_reported(storage: LocalStorage | S3Storage) -> None:
    with pytest.raises(FileMissingError, match="20260101T000000Z"):
        storage.fetch(StoredFile(KEY, "0" * 64, 4))


def test_unfinished_files_are_swept(storage: LocalStorage | S3Storage) -> None:
    file = stored(storage, b"rows")
    unfinished = storage.workplace(KEY.replace("abcdef01", "abcdef02"))
    unfinished.write_bytes(b"half")
    spill = unfinished.with_name(unfinished.name + ".tmp")
    spill.mkdir()
    storage.sweep("0123456789ab/7/")
    storage.sweep("0123456789ab/8/")
    assert not unfinished.exists()
    assert not spill.exists()
    assert storage.fetch(file).read_bytes() == b"rows"


def test_a_reader_elsewhere_fetches_once_and_caches_it(s3: S3Storage, tmp_path: Path) -> None:
    file = stored(s3, b"rows")
    elsewhere = open_storage("s3://snapshots/optilearn", cache=tmp_path / "reader")
    path = elsewhere.fetch(file)
    assert path.name == f"{file.digest}.duckdb"
    s3.delete(KEY)
    assert elsewhere.fetch(file) == path
    assert [p.name for p in (tmp_path / "reader").iterdir()] == [path.name]


def test_a_changed_object_is_refused(s3: S3Storage, tmp_path: Path) -> None:
    file = stored(s3, b"rows")
    boto3.client("s3").put_object(Bucket="snapshots", Key=f"optilearn/{KEY}", Body=b"r0ws")
    elsewhere = open_storage("s3://snapshots/optilearn", cache=tmp_path / "reader")
    with pytest.raises(FileDamagedError):
        elsewhere.fetch(file)
    assert list((tmp_path / "reader").iterdir()) == []


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    local = LocalStorage(tmp_path)
    file = stored(local, b"rows")
    local.fetch(file).write_bytes(b"ro")
    assert not local.holds(file)
    with pytest.raises(FileDamagedError, match="2 bytes instead of 4"):
        local.fetch(file)


def test_the_cache_retains_the_recently_used(s3: S3Storage, tmp_path: Path) -> None:
    files = [stored(s3, bytes([n]) * 100, KEY.replace("01.", f"0{n}.")) for n in range(4)]
    cache = tmp_path / "small"
    reader = open_storage("s3://snapshots/optilearn", cache=cache, cache_bytes=250)
    for n, file in enumerate(files):
        os.utime(reader.fetch(file), (n, n))
    assert {p.name for p in cache.iterdir()} == {f"{f.digest}.duckdb" for f in files[2:]}


def test_fetching_again_leaves_the_file_as_it_is(s3: S3Storage) -> None:
    """Else each question would read it whole again, and open it anew under the others."""
    file = stored(s3, b"rows")
    first = s3.fetch(file).stat()
    os.utime(s3.fetch(file), ns=(0, first.st_mtime_ns))
    again = s3.fetch(file).stat()
    assert (again.st_ino, again.st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    assert again.st_atime_ns > 0, "the cache knows that it was used"


def test_a_store_that_is_down_is_reported(
    s3: S3Storage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    down = open_storage("s3://snapshots/optilearn", cache=tmp_path / "down")
    with pytest.raises(StorageError, match="could not be reached"):
        down.fetch(StoredFile(KEY, "0" * 64, 4))


@pytest.mark.parametrize("url", ["", "/tmp/x", "http://host/x", "s3://", "file://host/x"])
def test_an_address_that_is_none(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="file:///folder or s3://"):
        open_storage(url, cache=tmp_path)


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/1/../x.duckdb", "a/x/y.duckdb", "a/1/x"])
def test_a_key_can_not_leave_the_store(key: str) -> None:
    with pytest.raises(ValueError, match="storage key"):
        checked_key(key)
    assert storage_key("0123456789ab", 7, "20260101T000000Z-abcdef01") == KEY


def test_snapshots_in_s3(
    s3: S3Storage, settings: SnapshotSettings, springdale: Records, tmp_path: Path
) -> None:
    springdale.some()
    with SnapshotService(replace(settings, storage=s3)) as service:
        assert service.take(springdale.institution).kind is SnapshotKind.FULL
    # Another machine, with an empty cache, goes on from there.
    other = open_storage("s3://snapshots/optilearn", cache=tmp_path / "other")
    with SnapshotService(replace(settings, storage=other)) as service:
        assert service.take(springdale.institution).kind is SnapshotKind.UNCHANGED
        springdale.person(name="Meera")
        outcome = service.take(springdale.institution)
        assert outcome.kind is SnapshotKind.INCREMENTAL
        newest = service.registry.newest(springdale.institution)
    assert newest is not None
    assert digest_of(s3.fetch(newest.file)) == outcome.file_digest
    assert len(s3.keys("")) == 2


def test_a_flipped_byte_is_damage_wherever_it_is(storage: LocalStorage | S3Storage) -> None:
    """The same size, the same place: only the digest tells; what is kept elsewhere serves again."""
    content = bytes(range(256)) * 40
    file = stored(storage, content)
    path = storage.fetch(file)
    for at in (0, 100, len(content) // 2, len(content) - 1):
        flipped = bytearray(content)
        flipped[at] ^= 1
        path.unlink()
        path.write_bytes(flipped)
        if isinstance(storage, S3Storage):
            assert storage.fetch(file).read_bytes() == content
            continue
        assert not storage.holds(file)
        with pytest.raises(FileDamagedError):
            storage.fetch(file)
    if isinstance(storage, LocalStorage):
        path.write_bytes(content)
        assert storage.fetch(file) == path


def test_the_next_run_makes_a_damaged_snapshot_anew(
    service: SnapshotService, store: LocalStorage, springdale: Records, settings: SnapshotSettings
) -> None:
    springdale.some(students=2, events=2)
    first = service.take(springdale.institution)
    newest = service.registry.newest(springdale.institution)
    assert newest is not None
    path = store.fetch(newest.file)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with SnapshotService(settings) as again:
        second = again.take(springdale.institution)
    assert second.kind is SnapshotKind.FULL
    assert "damaged" in second.reason
    assert second.snapshot_id != first.snapshot_id
