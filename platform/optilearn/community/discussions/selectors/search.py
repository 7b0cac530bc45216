"""Search in the titles and posts of a course's discussions, in English and Hindi.

As in courses: whole words by their stems, and the beginnings of words as written. The words of a
title and of one post count together. Words with signs (C++) are looked for as they stand. A course
is small enough to be read without an index of words.
"""

from __future__ import annotations

from typing import Any, Final

from optilearn.community.discussions.rules import readable
from optilearn.core.sql import compose
from optilearn.core.text import has_words, text_query, words_of

_SIGNS: Final = frozenset("+#")
_FOUND: Final = compose(
    """
    EXISTS (SELECT FROM community_discussionpost f
             WHERE f.institution_id = t.institution_id AND f.thread_id = t.id AND <readable>
               AND <fits>)
    """,
    readable=readable("f"),
)
_BY_WORDS: Final = compose(
    _FOUND, fits=f"(t.search || f.search) @@ {text_query('%(plain)s', '%(words)s')}"
)
_BY_SIGNS: Final = compose(_FOUND, fits=has_words("concat_ws(' ', t.title, f.text)", "%(signs)s"))


def search_condition(question: str | None) -> tuple[str, dict[str, Any]]:
    """Return the SQL that the thread ``t`` has the words, with its parameters; true for none."""
    words = words_of(question)
    if not words:
        return "true", {}
    signs = [word for word in words if _SIGNS & set(word)]
    has_letters = any(letter.isalnum() for word in words for letter in word)
    parts = [_BY_WORDS] if has_letters else []
    if signs or not parts:
        parts.append(_BY_SIGNS)
    given = {"plain": " ".join(words), "words": words, "signs": signs or words}
    return " AND ".join(parts), given
