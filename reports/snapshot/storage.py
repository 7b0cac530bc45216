"""The storage of snapshot files: a local folder, or an S3-compatible store with a local cache.

Files never change once stored. A reader asks for a key together with the digest that the
catalog states, and gets a local path; from S3 each file travels once and stays under its
digest until the cache is full.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote, urlsplit

from reports.snapshot.layout import BUILDING, SUFFIX, checked_key, path_in

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CACHE_BYTES: Final = 20 * 1024**3
_PARTIAL: Final = ".partial"
_MAX_PROVEN: Final = 4_096


class StorageError(Exception):
    """The store could not be reached or refused; the message says what to look at."""


class FileMissingError(StorageError):
    """The catalog names a file that the store doesn't have."""


class FileDamagedError(StorageError):
    """The stored file isn't the one that was published."""


@dataclass(frozen=True)
class StoredFile:
    """The entry of a file in the registry of snapshots: enough to find it and to know it again."""

    key: str
    digest: str
    size_bytes: int


class Storage(Protocol):
    """A place for snapshot files."""

    def workplace(self, key: str) -> Path:
        """The path at which to build the file of ``key``; its folder exists."""
        ...

    def publish(self, built: Path, file: StoredFile) -> None:
        """Make the finished file available under its key, whole or not at all."""
        ...

    def fetch(self, file: StoredFile) -> Path:
        """A local path with the file's bytes.

        Raises ``FileMissingError``, ``FileDamagedError`` or ``StorageError``.
        """
        ...

    def holds(self, file: StoredFile) -> bool:
        """Return True if the file is there as it was published, as far as is known here."""
        ...

    def delete(self, key: str) -> None:
        """Remove the file; one that is gone already is no error."""
        ...

    def keys(self, folder: str) -> list[str]:
        """The keys below a folder (``<source>/<institution>/``)."""
        ...

    def sweep(self, folder: str) -> None:
        """Remove what a killed build left. Only for the holder of the institution's lock."""
        ...


def open_storage(url: str, *, cache: Path, cache_bytes: int = _CACHE_BYTES) -> Storage:
    """The store at ``file:///folder`` or ``s3://bucket/prefix``.

    The S3 endpoint and the credentials come from boto3's usual places (``AWS_ENDPOINT_URL``
    and so on). Raises ``ValueError`` for any other URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and parts.path:
        return LocalStorage(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        return S3Storage(parts.netloc, parts.path.strip("/"), cache, cache_bytes)
    raise ValueError("A snapshot store is file:///folder or s3://bucket/prefix.")


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Proof:
    """The files whose digest was the registry's, by what distinguishes them from later ones.

    Reading a file whole takes a second for each gigabyte, so it is done once in a process.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._proven: OrderedDict[tuple[str, int, int, int, str], None] = OrderedDict()

    def is_intact(self, path: Path, digest: str) -> bool:
        """Return True if the file has that digest. Raises ``OSError``."""
        found = path.stat()
        key = (str(path), found.st_ino, found.st_size, found.st_mtime_ns, digest)
        with self._lock:  # many ask for a new snapshot at once: it is read for all of them
            if key in self._proven:
                return True
            if digest_of(path) != digest:
                return False
            self._proven[key] = None
            if len(self._proven) > _MAX_PROVEN:
                self._proven.popitem(last=False)
            return True


class LocalStorage:
    """A folder. Publishing is a rename within one file system."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._proof = _Proof()

    def workplace(self, key: str) -> Path:
        """Return the path next to the final one, under a name that no reader opens."""
        target = path_in(self.root, key)
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.with_name(target.name + BUILDING)

    def publish(self, built: Path, file: StoredFile) -> None:
        """Have the disk write the file down, rename it into place, and the same for the name."""
        target = path_in(self.root, file.key)
        try:
            _make_durable(built)
            built.rename(target)
            _make_durable(target.parent)
        except OSError as error:
            raise StorageError(
                f"The snapshot file {file.key} could not be kept: {error}"
            ) from error

    def fetch(self, file: StoredFile) -> Path:
        """The file itself; its size is compared, and its digest the first time in a process."""
        path = path_in(self.root, file.key)
        try:
            size = path.stat().st_size
            if size != file.size_bytes:
                raise FileDamagedError(
                    f"The snapshot file {file.key} has {size} bytes instead of {file.size_bytes}."
                )
            if not self._proof.is_intact(path, file.digest):
                raise FileDamagedError(f"The snapshot file {file.key} isn't what was published.")
        except FileNotFoundError:
            raise FileMissingError(f"The snapshot file {file.key} is not there.") from None
        except OSError as error:
            raise StorageError(
                f"The snapshot file {file.key} can't be read: {error.strerror}"
            ) from error
        return path

    def holds(self, file: StoredFile) -> bool:
        """Return True if the file is there as it was published."""
        try:
            self.fetch(file)
        except StorageError:
            return False
        return True

    def delete(self, key: str) -> None:
        """Unlink; a reader that has it open keeps it."""
        path_in(self.root, key).unlink(missing_ok=True)

    def keys(self, folder: str) -> list[str]:
        """The files in the folder."""
        return sorted(f"{folder}{name}" for name in self._names(folder) if name.endswith(SUFFIX))

    def sweep(self, folder: str) -> None:
        """Remove unfinished files and DuckDB's logs and spill folders beside them."""
        for name in self._names(folder):
            if BUILDING in name:
                _remove(self.root / folder / name)

    def _names(self, folder: str) -> list[str]:
        try:
            return [entry.name for entry in (self.root / folder).iterdir()]
        except FileNotFoundError:
            return []


class S3Storage:
    """A bucket. Files are built and kept in a local cache, by digest."""

    def __init__(self, bucket: str, prefix: str, cache: Path, cache_bytes: int) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._cache = cache
        self._cache_bytes = cache_bytes
        self._opened: S3Client | None = None
        self._proof = _Proof()

    def workplace(self, key: str) -> Path:
        """In the local cache; it is uploaded when it is finished."""
        place = path_in(self._cache / "building", key)
        place.parent.mkdir(parents=True, exist_ok=True)
        return place.with_name(place.name + BUILDING)

    def publish(self, built: Path, file: StoredFile) -> None:
        """Upload (S3 shows an object only when it is complete), then keep the local file."""
        with _explained(file.key):
            self._client.upload_file(
                str(built),
                self._bucket,
                self._prefix + checked_key(file.key),
                ExtraArgs={"ChecksumAlgorithm": "SHA256", "Metadata": {"sha256": file.digest}},
            )
        self._store(built, file)

    def fetch(self, file: StoredFile) -> Path:
        """From the cache, else download once and compare the digest."""
        cached = self._cached(file)
        if self._is_cached(file):
            with suppress(OSError):  # least recently used goes first
                # The modification time stays: it tells open snapshots that a file was replaced.
                os.utime(cached, ns=(time.time_ns(), cached.stat().st_mtime_ns))
            return cached
        self._cache.mkdir(parents=True, exist_ok=True)
        partial = cached.with_name(f"{cached.name}.{secrets.token_hex(4)}{_PARTIAL}")
        try:
            with _explained(file.key):
                self._client.download_file(
                    self._bucket, self._prefix + checked_key(file.key), str(partial)
                )
            if digest_of(partial) != file.digest:
                raise FileDamagedError(f"The stored snapshot {file.key} isn't what was published.")
            return self._store(partial, file)
        finally:
            partial.unlink(missing_ok=True)

    def holds(self, file: StoredFile) -> bool:
        """Return True if the object is there with its size."""
        key = self._prefix + checked_key(file.key)
        try:
            with _explained(file.key):
                facts = self._client.head_object(Bucket=self._bucket, Key=key)
        except FileMissingError:
            return False
        return facts["ContentLength"] == file.size_bytes

    def delete(self, key: str) -> None:
        """Delete the object; cached copies fall out by themselves."""
        with _explained(key):
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + checked_key(key))

    def keys(self, folder: str) -> list[str]:
        """The objects below the folder."""
        pages = self._client.get_paginator("list_objects_v2")
        with _explained(folder):
            return [
                entry["Key"].removeprefix(self._prefix)
                for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + folder)
                for entry in page.get("Contents", [])
            ]

    def sweep(self, folder: str) -> None:
        """Remove unfinished local files; S3 itself never shows one."""
        place = self._cache / "building" / folder
        for entry in place.iterdir() if place.is_dir() else ():
            _remove(entry)

    @property
    def _client(self) -> S3Client:
        if self._opened is None:
            import boto3  # noqa: PLC0415  (0.3 s that a local folder doesn't need)

            self._opened = boto3.client("s3")
        return self._opened

    def _is_cached(self, file: StoredFile) -> bool:
        """Return True if the cache has it; a copy that was damaged is let go of."""
        cached = self._cached(file)
        try:
            if self._proof.is_intact(cached, file.digest):
                return True
        except OSError:
            return False
        cached.unlink(missing_ok=True)
        return False

    def _cached(self, file: StoredFile) -> Path:
        return self._cache / f"{file.digest}{SUFFIX}"

    def _store(self, path: Path, file: StoredFile) -> Path:
        cached = self._cached(file)
        path.replace(cached)
        self._evict(spare=cached)
        return cached

    def _evict(self, spare: Path) -> None:
        """Drop the least recently used files beyond the cache's size."""
        files = [(p.stat(), p) for p in self._cache.glob(f"*{SUFFIX}")]
        excess = sum(facts.st_size for facts, _ in files) - self._cache_bytes
        for facts, path in sorted(files, key=lambda f: f[0].st_atime_ns):
            if excess <= 0:
                return
            if path != spare:
                path.unlink(missing_ok=True)
                excess -= facts.st_size


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _explained(key: str) -> Iterator[None]:
    """Turn boto3's errors into ours."""
    from boto3.exceptions import Boto3Error  # noqa: PLC0415  (loaded with the client)
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in {"404", "NoSuchKey"}:
            raise FileMissingError(f"The snapshot file {key} is not in the store.") from None
        raise StorageError(f"The store refused {key}: {error}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageError(f"The store could not be reached for {key}: {error}") from error
