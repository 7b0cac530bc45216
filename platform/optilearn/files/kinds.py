"""Content types that may be uploaded, by category, with their sizes and readers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MIB: Final = 1024**2
GIB: Final = 1024**3
HOUR: Final = 3600


class Reach(StrEnum):
    """The readers of a category's files, beside their owner and the administrators."""

    EVERYONE = "EVERYONE"
    """Everyone who is signed in to the institution."""
    COURSE = "COURSE"
    """Readers of the file's course."""
    PRIVATE = "PRIVATE"
    """Nobody, unless an app registers a rule."""


@dataclass(frozen=True)
class ContentType:
    """A type that is taken at all; its extension is the only part of a key that it decides."""

    name: str
    extension: str
    is_inline: bool = False
    """True if a browser may show it in place: nothing in it can run."""


_TYPES: Final = (
    ContentType("image/png", "png", is_inline=True),
    ContentType("image/jpeg", "jpg", is_inline=True),
    ContentType("image/gif", "gif", is_inline=True),
    ContentType("image/webp", "webp", is_inline=True),
    ContentType("image/heic", "heic"),
    ContentType("image/heif", "heif"),
    ContentType("video/mp4", "mp4", is_inline=True),
    ContentType("video/webm", "webm", is_inline=True),
    ContentType("video/quicktime", "mov", is_inline=True),
    ContentType("audio/mpeg", "mp3", is_inline=True),
    ContentType("audio/mp4", "m4a", is_inline=True),
    ContentType("audio/ogg", "ogg", is_inline=True),
    ContentType("audio/wav", "wav", is_inline=True),
    ContentType("application/pdf", "pdf", is_inline=True),
    ContentType("text/vtt", "vtt", is_inline=True),
    ContentType("text/plain", "txt"),
    ContentType("text/markdown", "md"),
    ContentType("text/csv", "csv"),
    ContentType("application/rtf", "rtf"),
    ContentType("application/json", "json"),
    ContentType("application/zip", "zip"),
    ContentType("application/vnd.apache.parquet", "parquet"),
    ContentType("application/vnd.duckdb", "duckdb"),
    ContentType("application/vnd.apache.arrow.file", "arrow"),
    ContentType("application/msword", "doc"),
    ContentType("application/vnd.ms-excel", "xls"),
    ContentType("application/vnd.ms-powerpoint", "ppt"),
    ContentType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ContentType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ContentType(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"
    ),
    ContentType("application/vnd.oasis.opendocument.text", "odt"),
    ContentType("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ContentType("application/vnd.oasis.opendocument.presentation", "odp"),
)
TYPES: Final = {kind.name: kind for kind in _TYPES}
BY_EXTENSION: Final = {kind.extension: kind for kind in _TYPES}

ALIASES: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heif",
    "video/x-m4v": "video/mp4",
    "audio/mp3": "audio/mpeg",
    "audio/x-mp3": "audio/mpeg",
    "audio/x-mpeg": "audio/mpeg",
    "audio/mpeg3": "audio/mpeg",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "application/ogg": "audio/ogg",
    "application/x-pdf": "application/pdf",
    "application/x-zip-compressed": "application/zip",
    "application/x-zip": "application/zip",
    "text/rtf": "application/rtf",
    "application/csv": "text/csv",
    "text/x-csv": "text/csv",
    "text/x-markdown": "text/markdown",
}
"""Names that browsers and Windows give to types with a registered name."""


def registered(name: str) -> str:
    """The registered name of a content type, without parameters."""
    plain = name.partition(";")[0].strip().lower()
    return ALIASES.get(plain, plain)


PHOTOS: Final = frozenset({"image/heic", "image/heif"})
"""Photos of phones; few browsers show them, so they are attachments only."""
IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
VIDEOS: Final = frozenset({"video/mp4", "video/webm", "video/quicktime"})
SOUNDS: Final = frozenset({"audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav"})
EXPORTED: Final = frozenset(
    BY_EXTENSION[end].name for end in ("csv", "xlsx", "pdf", "json", "parquet", "arrow", "zip")
)
COPIED: Final = frozenset(BY_EXTENSION[end].name for end in ("duckdb", "zip"))
DOCUMENTS: Final = frozenset(
    kind.name
    for kind in _TYPES
    if kind.name.startswith(("application/", "text/"))
    and kind.extension not in {"vtt", "json", "parquet", "arrow", "duckdb"}
)


@dataclass(frozen=True)
class Category:
    """The rules of one kind of upload."""

    name: str
    types: frozenset[str]
    max_bytes: int
    reach: Reach
    url_seconds: int
    """Seconds for which a signed reading URL is valid. A player asks for parts of a video until its
    end."""
    is_generated: bool = False
    """Only the server writes it; nobody is given a URL to upload one."""


_CATEGORIES: Final = (
    Category("video", VIDEOS | SOUNDS, 4 * GIB, Reach.COURSE, 6 * HOUR),
    Category("document", DOCUMENTS | PHOTOS, 200 * MIB, Reach.COURSE, HOUR),
    Category("image", IMAGES, 10 * MIB, Reach.EVERYONE, HOUR),
    Category("avatar", IMAGES, 2 * MIB, Reach.EVERYONE, HOUR),
    Category("captions", frozenset({"text/vtt"}), 2 * MIB, Reach.COURSE, HOUR, is_generated=True),
    Category("submissions", DOCUMENTS | IMAGES | PHOTOS | VIDEOS | SOUNDS, GIB, Reach.PRIVATE, 300),
    Category("evidence", DOCUMENTS | IMAGES | PHOTOS, 20 * MIB, Reach.PRIVATE, 300),
    Category("recordings", VIDEOS | SOUNDS, 4 * GIB, Reach.PRIVATE, HOUR, is_generated=True),
    Category("exports", EXPORTED, 2 * GIB, Reach.PRIVATE, 300, is_generated=True),
    Category("snapshots", COPIED, 3 * GIB, Reach.PRIVATE, 300, is_generated=True),
    Category("deliveries", EXPORTED, 2 * GIB, Reach.PRIVATE, 300, is_generated=True),
)
CATEGORIES: Final = {category.name: category for category in _CATEGORIES}
