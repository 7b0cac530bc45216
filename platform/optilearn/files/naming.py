"""Keys of objects, which no caller decides, and names of files, which are only shown."""

from __future__ import annotations

import secrets
import unicodedata
from typing import Final

from django.utils.http import content_disposition_header

from optilearn.core.text import is_visible
from optilearn.files.access import UploadPlace
from optilearn.files.kinds import TYPES

LONGEST_NAME: Final = 200
"""Characters; file systems take 255 bytes, which is fewer in Hindi, but shorten themselves."""


def key_for(institution_id: int, place: UploadPlace, content_type: str) -> str:
    """Return the key of the object (docs/rules.md#files): ids, the category, a random name."""
    parts = ["lms", str(institution_id)]
    if place.course_id is not None:
        parts += ["courses", str(place.course_id)]
    if place.lesson_id is not None:
        parts += ["lessons", str(place.lesson_id)]
    name = f"{secrets.token_hex(16)}.{TYPES[content_type].extension}"
    return "/".join([*parts, place.category, name])


def clean_name(name: str) -> str:
    """A file's name as it is shown: without folders and characters that nobody sees.

    Empty if nothing is left.
    """
    last = name.replace("\\", "/").rsplit("/", maxsplit=1)[-1]
    seen = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"})
    # Marks that turn the direction of writing make exe.fdp of pdf.exe.
    seen = "".join(c for c in seen if unicodedata.bidirectional(c) not in _TURNS)
    seen = unicodedata.normalize("NFC", seen).strip(" .")
    if not is_visible(seen.rpartition(".")[0] or seen):
        return ""
    if len(seen) <= LONGEST_NAME:
        return seen
    stem, dot, end = seen.rpartition(".")
    tail = f"{dot}{end}" if stem and len(end) <= 10 else ""
    return seen[: LONGEST_NAME - len(tail)] + tail


_TURNS: Final = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def disposition(name: str, content_type: str) -> str:
    """The value of Content-Disposition: in place only for what can't run.

    Names in other scripts are written as RFC 5987 has them.
    """
    kind = TYPES.get(content_type)
    attached = kind is None or not kind.is_inline
    return content_disposition_header(attached, name or "file") or "attachment"
