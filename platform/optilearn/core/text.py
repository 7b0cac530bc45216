"""Text as people compare it: one rule for all searches, in Python and in PostgreSQL.

Case, the forms in which Unicode writes a letter (composed or not, the Hindi letters with a nukta
among them) and characters that nobody sees make no difference. What is kept stays as it was
written. ``optilearn_fold`` (migration 0002 of this app) is the same rule in SQL.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticKnownError

INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff\ufe0e\ufe0f"
)
"""Joiners, spaces without width, marks of order and direction, choices between two glyphs."""

_NOTHING: Final = dict.fromkeys(map(ord, INVISIBLE))
MAX_WORDS: Final = 20


def without_invisible(text: str) -> str:
    """The text without the characters that nobody sees."""
    return text.translate(_NOTHING)


def comparable(text: str) -> str:
    """The text as a search sees it: whatever case, form of letters and space between words."""
    folded = unicodedata.normalize("NFKC", without_invisible(text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def words_of(question: str | None) -> list[str]:
    """The words that somebody typed, at most ``MAX_WORDS``; empty if there is nothing to see."""
    return without_invisible(question or "").split()[:MAX_WORDS]


def is_visible(text: str) -> bool:
    """Return True if the text has more than spaces, controls, and marks without a glyph."""
    return any(
        unicodedata.category(c) not in _UNSEEN and c not in _BLANK and not _is_selector(c)
        for c in text
    )


def _is_selector(c: str) -> bool:
    """Return True if the character only selects a glyph of the one before it."""
    return "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef"


def code_of(text: str) -> str:
    """A code as it is kept: composed, and without what nobody sees, so that equal ones are one."""
    seen = (
        c
        for c in text
        if unicodedata.category(c) not in {"Cf", "Cc"}
        and (c not in _BLANK or c == "\u2800")
        and not _is_selector(c)
    )
    return unicodedata.normalize("NFC", "".join(seen)).strip()


def visible(text: str) -> str:
    """Return the text. Raises Pydantic's too-short error if no character is visible."""
    if not is_visible(text):
        raise PydanticKnownError("string_too_short", {"min_length": 1})
    return text


def _code(text: str) -> str:
    return visible(code_of(text))


_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
_BLANK: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
)
"""Fillers and joiners that Unicode counts as letters, marks or symbols."""

Visible = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(visible)
]
"""A title or name: kept as it was written, with something in it that can be seen."""
VisibleCode = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_code)
]
"""A code: as ``code_of`` has it, with something in it that can be seen."""
Seen = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    AfterValidator(lambda text: text if is_visible(text) else ""),
]
"""A name or note that may be empty: what nobody sees is nothing."""


def has_words(text: str, words: str = "%s") -> str:
    """SQL: that every word is somewhere in ``text``, which is SQL too, in any order.

    ``words`` is the placeholder of a list from ``words_of``.
    """
    return (
        f"optilearn_fold({text}) LIKE ALL (ARRAY(SELECT '%%' ||"  # noqa: S608 - ours
        r" regexp_replace(optilearn_fold(w), '([\\%%_])', '\\\1', 'g') || '%%'"
        f" FROM unnest({words}::text[]) AS w))"
    )


_BEGINNINGS: Final = (
    r"(SELECT string_agg('''' || replace(replace(optilearn_fold(w), '\', '\\'), '''', '''''')"
    " || ''':*', ' & ') FROM unnest(<words>::text[]) AS w)"
)


def text_query(plain: str = "%s", words: str = "%s") -> str:
    """SQL: the full-text query of words, by stems in both languages and by beginnings as written.

    ``words`` is the placeholder of a list from ``words_of``, ``plain`` of the same as one text;
    ``plain`` comes twice before ``words``.
    """
    beginnings = _BEGINNINGS.replace("<words>", words)
    return (
        f"(websearch_to_tsquery('english', optilearn_fold({plain}))"
        f" || websearch_to_tsquery('hindi', optilearn_fold({plain}))"
        f" || to_tsquery('simple', {beginnings}))"
    )
