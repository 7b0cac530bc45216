"""The fonts of a PDF: open-licence families from packages, never those of the machine.

A document then looks the same, and has the same bytes, everywhere.
"""

from __future__ import annotations

from importlib import resources
from typing import Final

_PACKAGES: Final = ("fontpkg_noto_sans", "fontpkg_noto_sans_devanagari")

FAMILIES: Final = ("Noto Sans", "Noto Sans Devanagari")
"""In the order in which a glyph is looked for; typst's own fonts come after them."""

_WIDE: Final = frozenset("MWmw@%&")
_NARROW: Final = frozenset(" .,:;'|!ijltfrIJ()[]-/\"")


def font_folders() -> list[str]:
    """Return the folders of the font files."""
    return [str(resources.files(name) / "files") for name in _PACKAGES]


def max_width(text: str) -> float | None:
    """At most how wide a text is, in units of its size; None where that isn't known.

    For the basic Latin letters of Noto Sans, regular: a bound, not a measure.
    """
    if not text.isascii():
        return None
    return sum(_width(c) for c in text)


def _width(character: str) -> float:
    if character in _NARROW:
        return 0.42
    if character in _WIDE:
        return 0.94
    return 0.79 if character.isupper() else 0.58 if character.isdigit() else 0.63
