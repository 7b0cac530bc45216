"""Search in titles, codes, tags and descriptions, in English and Hindi.

PostgreSQL keeps ``Course.search`` (migrations 0002 and 0003): words as written, and by their stems
in both languages. A question finds whole words by stem and the beginnings of words as written, in
whatever form Unicode has for them. The index knows letters and digits only: a word with other
signs in it (C++, C#) is looked for as it stands besides.
"""

from __future__ import annotations

from typing import Any, Final

from optilearn.core.text import has_words, text_query, words_of
from optilearn.courses.selectors.visibility import Condition

_SIGNS: Final = frozenset("+#")
_QUESTION: Final = text_query()
_TEXT: Final = (
    "concat_ws(' ', c.title, c.code, c.category, array_to_string(c.tags, ' '), c.description)"
)


def words_condition(question: str | None) -> Condition | None:
    """That the words of ``question`` fit the course ``c``; ``None`` where there are no words."""
    words = words_of(question)
    if not words:
        return None
    parts: list[Condition] = []
    if any(letter.isalnum() for word in words for letter in word):
        parts.append((f"c.search @@ {_QUESTION}", _parameters(words)))
    signs = [word for word in words if _SIGNS & set(word)]
    if signs or not parts:
        parts.append((has_words(_TEXT), [signs or words]))
    return " AND ".join(sql for sql, _ in parts), [v for _, values in parts for v in values]


def relevance(question: str | None) -> Condition | None:
    """Return the relevance of the course ``c`` as SQL; ``None`` if there are no words."""
    words = words_of(question)
    return (f"ts_rank(c.search, {_QUESTION})", _parameters(words)) if words else None


def _parameters(words: list[str]) -> list[Any]:
    plain = " ".join(words)
    return [plain, plain, words]
