"""Objects in a folder, with the contract of a bucket: signed URLs lead to our own endpoint."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Protocol

import jwt
import msgspec
from django.http import UnreadablePostError

from optilearn.core import clock
from optilearn.core.tenancy.context import require_institution_id
from optilearn.files.kinds import BY_EXTENSION
from optilearn.files.stores.base import (
    Download,
    Head,
    NoObjectError,
    ObjectExistsError,
    Signed,
    StoreDownError,
    StoreError,
    Upload,
)

ENDPOINT: Final = "/api/files/objects/"
CHUNK: Final = 256 * 1024
_KEY: Final = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*\.[a-z0-9]+")
_INCOMING: Final = ".incoming"


class CapabilityError(StoreError):
    """A token proves nothing: forged, expired, or for something else."""


class WrongLengthError(StoreError):
    """Another number of bytes came than was signed."""


@dataclass(frozen=True)
class Capability:
    """The permission of a signed URL, and its institution."""

    institution_id: int
    key: str
    content_type: str = ""
    size: int = 0
    by: int | None = None
    """The person whom the address was given to."""


Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Claims(msgspec.Struct):
    """The claims of a token of ours; their types are checked whoever signed it."""

    institution: Id
    key: Annotated[str, msgspec.Meta(pattern=rf"\A{_KEY.pattern}\Z", max_length=1_000)]
    exp: float
    type: str = ""
    size: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0
    by: Id | None = None


class Source(Protocol):
    """Something to read bytes from: a file, or a request's body."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end."""


class LocalStore:
    """Objects under ``root``. Each process with the same root and secret serves them all."""

    def __init__(self, root: Path, secret: str, origin: str = "") -> None:
        self.root = root
        self.origin = origin
        # A key of its own: these tokens mean nothing anywhere else.
        self._secret = hashlib.sha256(b"optilearn.files\0" + secret.encode()).hexdigest()

    def sign_put(self, upload: Upload, seconds: int) -> Signed:
        """A URL of ours whose token names length and type."""
        headers = {
            "Content-Type": upload.content_type,
            "Content-Length": str(upload.size),
            "If-None-Match": "*",
        }
        more: dict[str, str | int | None]
        more = {"type": upload.content_type, "size": upload.size, "by": upload.by}
        url, expires_at = self._signed("PUT", upload.key, seconds, more)
        return Signed(url, "PUT", headers, expires_at)

    def sign_get(self, download: Download, seconds: int) -> str:
        """A URL of ours; name and type are those of the file's record."""
        return self._signed("GET", download.key, seconds, {"by": download.by})[0]

    def _signed(
        self, method: str, key: str, seconds: int, more: Mapping[str, str | int | None]
    ) -> tuple[str, datetime]:
        expires_at = clock.now() + timedelta(seconds=seconds)
        claims = {
            "aud": method,
            "institution": require_institution_id(),
            "key": key,
            "exp": int(expires_at.timestamp()),
        }
        token = jwt.encode({**claims, **more}, self._secret, algorithm="HS256")
        return f"{self.origin}{ENDPOINT}{token}", expires_at

    def verified(self, token: str, method: str) -> Capability:
        """Return the token's permission. Raises ``CapabilityError``."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                audience=method,
                # The time is checked below, against a clock that tests can set.
                options={"require": ["exp", "aud", "key", "institution"], "verify_exp": False},
            )
        except jwt.PyJWTError as error:
            raise CapabilityError(str(error)) from error
        try:
            allowed = msgspec.convert(claims, Claims)
        except msgspec.ValidationError as error:
            raise CapabilityError(str(error)) from error
        if allowed.exp <= clock.now().timestamp():
            raise CapabilityError("expired")
        return Capability(allowed.institution, allowed.key, allowed.type, allowed.size, allowed.by)

    def path_of(self, key: str) -> Path:
        """Return the path of an object. Raises ``NoObjectError`` for keys that can't be ours."""
        if not _KEY.fullmatch(key):
            raise NoObjectError(key)
        return self.root / key

    def head(self, key: str) -> Head | None:
        """The type is that of the key's extension, to which the PUT was held."""
        try:
            path = self.path_of(key)
            found = path.stat()
        except (FileNotFoundError, NotADirectoryError, NoObjectError):
            return None
        except OSError as error:
            raise StoreDownError(str(error)) from error
        kind = BY_EXTENSION.get(path.suffix[1:])
        return Head(found.st_size, kind.name if kind else "", etag_of(found))

    def read(self, key: str, limit: int) -> bytes:
        """From the file."""
        with self.opened(key) as file:
            return file.read(limit)

    @contextmanager
    def opened(self, key: str) -> Iterator[BinaryIO]:
        """The object as a file. Raises ``NoObjectError``."""
        try:
            file = self.path_of(key).open("rb")
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NoObjectError(key) from error
        with file:
            yield file

    def put(self, upload: Upload, source: Source) -> Head:
        """Write beside, then put in place: nobody sees half an object, nobody overwrites one.

        Raises ``WrongLengthError`` and ``ObjectExistsError``; nothing stays then.
        """
        target = self.path_of(upload.key)
        incoming = self.root / _INCOMING / secrets.token_hex(16)
        try:
            incoming.parent.mkdir(parents=True, exist_ok=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(source, incoming, upload.size)
            os.link(incoming, target)
            return Head(upload.size, upload.content_type, etag_of(target.stat()))
        except FileExistsError as error:
            raise ObjectExistsError(upload.key) from error
        except UnreadablePostError as error:
            raise WrongLengthError("The sender broke off.") from error
        except OSError as error:
            raise StoreDownError(str(error)) from error
        finally:
            incoming.unlink(missing_ok=True)

    def delete(self, key: str) -> None:
        """Unlink the file; its folders stay."""
        try:
            self.path_of(key).unlink(missing_ok=True)
        except (NoObjectError, NotADirectoryError):
            return
        except OSError as error:
            raise StoreDownError(str(error)) from error

    def remove_leftovers(self, before: datetime) -> None:
        """Parts that a killed process left."""
        incoming = self.root / _INCOMING
        if not incoming.is_dir():
            return
        for path in incoming.iterdir():
            if path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)


def etag_of(found: os.stat_result) -> str:
    """Changes with any change: objects are written once."""
    return f"{found.st_size:x}-{found.st_mtime_ns:x}"


def _copy(source: Source, target: Path, size: int) -> None:
    left = size
    with target.open("xb") as file:
        while left and (chunk := source.read(min(CHUNK, left))):
            file.write(chunk)
            left -= len(chunk)
        if left or source.read(1):
            raise WrongLengthError(f"{size} bytes were announced.")
        file.flush()
        os.fsync(file.fileno())
