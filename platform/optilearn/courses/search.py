"""Search in titles, codes, tags and descriptions, in English and Hindi.

PostgreSQL keeps ``Course.search`` (migration 0002): words as written, and by their stems in
both languages. A question finds whole words by stem and the beginnings of words as written.
"""

from __future__ import annotations

from typing import Final

from optilearn.courses.visibility import Condition

_QUESTION: Final = (
    "(websearch_to_tsquery('english', %s) || websearch_to_tsquery('hindi', %s)"
    " || to_tsquery('simple', %s))"
)
RELEVANCE: Final = f"ts_rank(c.search, {_QUESTION})"
"""How well a course fits; it takes the parameters of the condition."""


def words_condition(question: str | None) -> Condition | None:
    """That the words of ``question`` fit the course ``c``; ``None`` where there are no words."""
    words = (question or "").split()
    if not words:
        return None
    plain = " ".join(words)
    beginnings = " & ".join(f"'{_quoted(word)}':*" for word in words)
    return f"c.search @@ {_QUESTION}", [plain, plain, beginnings]


def _quoted(word: str) -> str:
    return word.replace("\\", "\\\\").replace("'", "''")
