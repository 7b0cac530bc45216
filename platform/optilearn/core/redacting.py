"""A typed text without the person whom it is about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from optilearn.core.text import without_invisible

LEFT_OUT: Final = "…"
_SHORT: Final = 4
"""Names of fewer letters are left out only as words of their own: they stand in other words too."""


def without_person(text: str, facts: Iterable[str]) -> str:
    """The text with each of the facts (a name, its words, a code, an address) left out.

    In whatever case and Unicode form they stand there. What people call each other besides isn't
    known, so who asks for a reason says that it should name nobody.
    """
    plain = unicodedata.normalize("NFKC", without_invisible(text))
    for fact in sorted(_parts(facts), key=len, reverse=True):
        pattern = re.escape(fact)
        if len(fact) < _SHORT:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        plain = re.sub(pattern, LEFT_OUT, plain, flags=re.IGNORECASE)
    return plain


def _parts(facts: Iterable[str]) -> set[str]:
    whole = {unicodedata.normalize("NFKC", without_invisible(fact)).strip() for fact in facts}
    words = {word.strip(".,;:()\"'") for fact in whole for word in fact.split()}
    return {part for part in whole | words if len(part) > 1}
