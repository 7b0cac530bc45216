"""Archives that prove by themselves that nobody changed them, without records.

A ZIP with a manifest that ``sha256sum -c`` reads. The same entries make the same bytes: they are
stored in their order, uncompressed, at one fixed time.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, Final

MANIFEST: Final = "MANIFEST.sha256"
_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The first that a ZIP can say."""
_READABLE: Final = 0o100644 << 16
_UNIX: Final = 3
_SPOOLED: Final = 1024**2
"""Bytes of the manifest that are held in memory; more go to a temporary file."""
_CHUNK: Final = 64 * 1024


class HashedArchive:
    """Writes an archive entry by entry, in memory that doesn't grow with it."""

    def __init__(self, out: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_STORED)
        self._lines = SpooledTemporaryFile(max_size=_SPOOLED)  # noqa: SIM115 - closed by ``close``

    def add(self, name: str, pieces: Iterable[bytes]) -> str:
        """Add an entry of less than 4 GiB; return its SHA-256 in hexadecimal.

        Names are ours: they have no line break and no backslash, which a manifest would escape.
        """
        digest = hashlib.sha256()
        with self._zip.open(_entry(name), "w") as entry:
            for piece in pieces:
                digest.update(piece)
                entry.write(piece)
        self._lines.write(f"{digest.hexdigest()}  {name}\n".encode())
        return digest.hexdigest()

    def close(self) -> None:
        """Write the manifest, and end the archive."""
        self._lines.seek(0)
        with self._lines, self._zip, self._zip.open(_entry(MANIFEST), "w") as entry:
            while piece := self._lines.read(_CHUNK):
                entry.write(piece)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.external_attr = _READABLE
    entry.create_system = _UNIX
    return entry
