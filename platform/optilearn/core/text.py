"""Text as people compare it: one rule for all searches, in Python and in PostgreSQL.

Case, the forms in which Unicode writes a letter (composed or not, the Hindi letters with a nukta
among them) and characters that nobody sees make no difference. What is kept stays as it was
written. ``optilearn_fold`` (migration 0002 of this app) is the same rule in SQL.
"""

from __future__ import annotations

import unicodedata
from typing import Final

INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff\ufe0e\ufe0f"
)
"""Joiners, spaces without width, marks of order and direction, choices between two glyphs."""

_NOTHING: Final = dict.fromkeys(map(ord, INVISIBLE))
MOST_WORDS: Final = 20


def without_invisible(text: str) -> str:
    """The text without the characters that nobody sees."""
    return text.translate(_NOTHING)


def comparable(text: str) -> str:
    """The text as a search sees it: whatever case, form of letters and space between words."""
    folded = unicodedata.normalize("NFKC", without_invisible(text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def words_of(question: str | None) -> list[str]:
    """The words that somebody typed, at most ``MOST_WORDS``; empty if there is nothing to see."""
    return without_invisible(question or "").split()[:MOST_WORDS]


def has_words(text: str, words: str = "%s") -> str:
    """SQL: that every word is somewhere in ``text``, which is SQL too, in any order.

    ``words`` is the placeholder of a list from ``words_of``.
    """
    return (
        f"optilearn_fold({text}) LIKE ALL (ARRAY(SELECT '%%' ||"  # noqa: S608 - ours
        r" regexp_replace(optilearn_fold(w), '([\\%%_])', '\\\1', 'g') || '%%'"
        f" FROM unnest({words}::text[]) AS w))"
    )
