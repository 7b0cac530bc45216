"""The interface of object stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol


class StoreError(Exception):
    """A store couldn't do what it was asked."""


class StoreDownError(StoreError):
    """The store doesn't answer; the same may work later."""


class ObjectExistsError(StoreError):
    """There is an object by that key: objects are never overwritten."""


class NoObjectError(StoreError):
    """There is no object by that key."""


@dataclass(frozen=True)
class Upload:
    """The only content that a signed PUT accepts."""

    key: str
    content_type: str
    size: int
    by: int | None = None
    """The person who is given an address for it, and for whom its use counts."""


@dataclass(frozen=True)
class Download:
    """The response to a GET."""

    key: str
    content_type: str
    disposition: str
    """The value of Content-Disposition."""
    by: int | None = None
    """As of an upload."""


@dataclass(frozen=True)
class Signed:
    """A request that its holder may make until ``expires_at``, with exactly these headers."""

    url: str
    method: str
    headers: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class Head:
    """The metadata of a stored object."""

    size: int
    content_type: str
    etag: str
    """Without quotes."""


class Store(Protocol):
    """Objects by key. All raise ``StoreDownError`` when the store doesn't answer."""

    def sign_put(self, upload: Upload, seconds: int) -> Signed:
        """A PUT of this length and type, which refuses to overwrite."""

    def sign_get(self, download: Download, seconds: int) -> str:
        """A URL to read the object by, whole or in ranges."""

    def head(self, key: str) -> Head | None:
        """Return the object's metadata, or None."""

    def read(self, key: str, limit: int) -> bytes:
        """The first ``most`` bytes. Raises ``NoObjectError``."""

    def put(self, upload: Upload, source: BinaryIO) -> Head:
        """Store what the server itself made. Raises ``ObjectExistsError``."""

    def delete(self, key: str) -> None:
        """Remove the object; it may be gone already."""

    def remove_leftovers(self, before: datetime) -> None:
        """Remove what uploads that broke off before then left behind."""
