"""Uploads: bytes, perhaps a zip, whose names and sizes are checked before anything is read."""

from __future__ import annotations

import base64
import binascii
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import UnreadableFileError

MAX_ENTRIES: Final = 12_000
MAX_EXPANDED_BYTES: Final = 60 * 1024**2
MAX_XML_BYTES: Final = 8 * 1024**2
"""Of a document that is read whole."""
_ZIP: Final = b"PK\x03\x04"
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, EOFError,
    OSError,
)  # fmt: skip
"""Encrypted, of an unknown method, or damaged."""
_READ: Final = frozenset({".xml", ".txt", ".gift", ".qti"})


def decoded(text: str) -> bytes:
    """Return the bytes of base64. Raises ``UnreadableFileError``."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableFileError(_("This isn't base64.")) from error


def is_zip(content: bytes) -> bool:
    """Return True for a zip with something in it."""
    return content.startswith(_ZIP)


def as_text(content: bytes) -> str:
    """Return a text file's text: UTF-8, or UTF-16 with a mark. Raises ``UnreadableFileError``."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        found = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            _("The text isn't UTF-8. Save it as UTF-8 and send it again.")
        ) from error
    if "\x00" in found:
        raise UnreadableFileError(_("Text can't contain the NUL character."))
    return found


class Package:
    """A zip, whose entries are read one at a time. Raises ``UnreadableFileError``."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise UnreadableFileError(_("This zip can't be read.")) from error
        entries = [one for one in self._zip.infolist() if not one.is_dir()]
        if len(self._zip.infolist()) > MAX_ENTRIES:
            raise UnreadableFileError(
                _("The zip has more than %(max)d entries.") % {"max": MAX_ENTRIES}
            )
        for one in entries:
            _check_name(one)
        if sum(one.file_size for one in entries) > MAX_EXPANDED_BYTES:
            raise _too_large(MAX_EXPANDED_BYTES)
        self._entries = {one.filename: one for one in entries}
        self._left = MAX_EXPANDED_BYTES

    @property
    def names(self) -> list[str]:
        """The names of the files in it, as they are listed."""
        return list(self._entries)

    def read(self, name: str, limit: int = MAX_XML_BYTES) -> bytes:
        """Return a file of at most ``limit`` bytes, however long it says that it is."""
        limit = min(limit, self._left)
        try:
            with self._zip.open(self._entries[name]) as file:
                content = file.read(limit + 1)
        except _BROKEN as error:
            raise UnreadableFileError(_("This zip can't be read.")) from error
        if len(content) > limit:
            raise _too_large(limit)
        self._left -= len(content)
        return content


def only_file(content: bytes) -> bytes:
    """Return a file, or the only one with questions in a zip. Raises ``UnreadableFileError``."""
    if not is_zip(content):
        return content
    package = Package(content)
    found = list(_with_questions(package))
    if len(found) != 1:
        raise UnreadableFileError(_("The zip must have exactly one file with questions in it."))
    return package.read(found[0], MAX_EXPANDED_BYTES)


def _with_questions(package: Package) -> Iterator[str]:
    return (one for one in package.names if PurePosixPath(one).suffix.lower() in _READ)


def _check_name(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise UnreadableFileError(_("The zip has a name that leads out of it."))


def _too_large(limit: int) -> UnreadableFileError:
    return UnreadableFileError(
        _("Unpacked, the zip or a file in it has more than %(max)d MB.") % {"max": limit // 1024**2}
    )
