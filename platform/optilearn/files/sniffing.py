"""Detection of a file's type by its first bytes.

A table of our own for the types that are taken: what is something else, above all pages and
scripts under a harmless name, isn't published.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Final

from optilearn.files.kinds import BY_EXTENSION

SNIFFED_BYTES: Final = 4096
"""Bytes of a file that its type is detected by."""

_MARKUP: Final = re.compile(rb"[\t\n\f\r ]*(?:<[A-Za-z!?/]|#!)")
_IMAGE_BRANDS: Final = frozenset({b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"})
_PHOTO_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
)
_OFFICE_ENTRIES: Final = (
    b"[Content_Types].xml", b"_rels/", b"docProps/", b"docMetadata/", b"customXml/", b"word/",
    b"xl/", b"ppt/", b"theme/", b"media/", b"_xmlsignatures/",
)  # fmt: skip

_ENTRY: Final = re.compile(rb"PK\x03\x04")

Check = Callable[[bytes], bool]


def looks_like(content_type: str, head: bytes) -> bool:
    """Return True if a file that begins with ``head`` may be of the type."""
    check = _CHECKS.get(content_type)
    return check is not None and check(head)


def _starts(*magics: bytes) -> Check:
    return lambda head: head.startswith(magics)


def _riff(form: bytes) -> Check:
    return lambda head: head[:4] == b"RIFF" and head[8:12] == form


def _box(head: bytes) -> bytes:
    """The name of an ISO media file's first box, if its length makes sense."""
    return head[4:8] if 8 <= int.from_bytes(head[:4]) <= 4096 else b""


def _media(head: bytes) -> bool:
    return _box(head) == b"ftyp" and head[8:12] not in _IMAGE_BRANDS


def _photo(head: bytes) -> bool:
    size = min(int.from_bytes(head[:4]), 256)
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, size, 4))}
    return _box(head) == b"ftyp" and not brands.isdisjoint(_PHOTO_BRANDS)


def _pdf(head: bytes) -> bool:
    """Its sign within the first 1,024 bytes, as readers have it, and no page before it."""
    place = head[:1024].find(b"%PDF-")
    return place >= 0 and not _MARKUP.match(head.removeprefix(codecs.BOM_UTF8))


def _quicktime(head: bytes) -> bool:
    atoms = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
    return _media(head) or head[4:8] in atoms


def _webm(head: bytes) -> bool:
    return head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:256]


def _mpeg_audio(head: bytes) -> bool:
    """An ID3 tag, or the header of a frame: synchronized, layer III, a bit rate that exists."""
    frame = len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] >> 4 != 0xF
    return head.startswith(b"ID3") or frame


def _first_entry(head: bytes) -> bytes:
    """The name of the first entry of a ZIP archive."""
    if not head.startswith(b"PK\x03\x04"):
        return b""
    return head[30 : 30 + int.from_bytes(head[26:28], "little")]


def _office(head: bytes) -> bool:
    """Return True if an early entry of the archive is Office's, in any order."""
    starts = [match.start() for match in _ENTRY.finditer(head)] if head[:4] == b"PK\x03\x04" else []
    return any(_first_entry(head[start:]).startswith(_OFFICE_ENTRIES) for start in starts)


def _open_document(name: str) -> Check:
    stated = b"mimetype" + name.encode()
    return lambda head: _first_entry(head) == b"mimetype" and stated in head[:256]


def _text(head: bytes) -> bool:
    """UTF-8 without control characters, which doesn't begin as a page or a script does."""
    head = head.removeprefix(codecs.BOM_UTF8)
    try:
        # Only what was cut off may end in the middle of a character.
        whole = len(head) < SNIFFED_BYTES - len(codecs.BOM_UTF8)
        text = codecs.getincrementaldecoder("utf-8")().decode(head, final=whole)
    except UnicodeDecodeError:
        return False
    return not _MARKUP.match(head) and not any(c < " " and c not in "\t\n\f\r" for c in text)


def _json(head: bytes) -> bool:
    return _text(head) and head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in {b"{", b"["}


def _vtt(head: bytes) -> bool:
    head = head.removeprefix(codecs.BOM_UTF8)
    return head[:6] == b"WEBVTT" and head[6:7] in {b"", b" ", b"\t", b"\n", b"\r"}


def _duckdb(head: bytes) -> bool:
    return head[8:12] == b"DUCK"  # after a checksum


_OLE: Final = _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_ZIP: Final = _starts(b"PK\x03\x04", b"PK\x05\x06")
_BY_EXTENSION: Final[dict[str, Check]] = {
    "png": _starts(b"\x89PNG\r\n\x1a\n"),
    "jpg": _starts(b"\xff\xd8\xff"),
    "gif": _starts(b"GIF87a", b"GIF89a"),
    "webp": _riff(b"WEBP"),
    "mp4": _media,
    "m4a": _media,
    "mov": _quicktime,
    "webm": _webm,
    "mp3": _mpeg_audio,
    "ogg": _starts(b"OggS"),
    "wav": _riff(b"WAVE"),
    "heic": _photo,
    "heif": _photo,
    "pdf": _pdf,
    "vtt": _vtt,
    "txt": _text,
    "md": _text,
    "csv": _text,
    "rtf": _starts(b"{\\rtf"),
    "json": _json,
    "zip": _ZIP,
    "parquet": _starts(b"PAR1"),
    "arrow": _starts(b"ARROW1"),
    "duckdb": _duckdb,
    "doc": _OLE,
    "xls": _OLE,
    "ppt": _OLE,
    "docx": _office,
    "xlsx": _office,
    "pptx": _office,
    **{end: _open_document(BY_EXTENSION[end].name) for end in ("odt", "ods", "odp")},
}
_CHECKS: Final = {BY_EXTENSION[end].name: check for end, check in _BY_EXTENSION.items()}
