"""Equality of texts: composed and decomposed, and, in searches, in either case.

Unicode's canonical caseless matching, of a text that SQL has brought to NFC and to lower case:
the few letters that differ from their fold after that are replaced one by one.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from types import MappingProxyType
from typing import Final

_SURROGATES: Final = range(0xD800, 0xE000)
_LETTERS_END: Final = 0x20000
"""Beyond the first two planes no letter has a case."""
_DOTTED: Final = "\u0130"
"""Its lower case is one letter to DuckDB and two to Unicode."""


def composed(text: str) -> str:
    """The text in Unicode's form NFC: equal texts are equal in it."""
    return unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """The text without regard to case: ``Straße`` and ``STRASSE`` are one."""
    lower = composed(text).replace(_DOTTED, "i\u0307").lower().replace("\u03c2", "\u03c3")
    return composed("".join(_folds().get(c, c) for c in lower))


def folded_sql(sql: str) -> str:
    """SQL for :func:`folded` of a text; what is ASCII alone costs no more than ``lower``."""
    lower = f"lower(replace(nfc_normalize({sql}), '{_DOTTED}', 'i\u0307'))"
    letters, single = "".join(_folds()), {c: f for c, f in _folds().items() if len(f) == 1}
    found = f"translate({lower}, '{''.join(single)}', '{''.join(single.values())}')"
    for letter, fold in _folds().items():
        if len(fold) > 1:
            found = f"replace({found}, '{letter}', '{fold}')"
    is_ascii = f"(strlen({sql}) = length({sql}))"
    # Hindi has none of these letters, as most texts: they needn't be looked for one by one.
    has_none = f"(translate({lower}, '{letters}', '') = {lower})"
    return (
        f"(CASE WHEN {is_ascii} THEN lower({sql}) WHEN {has_none} THEN {lower} "
        f"ELSE nfc_normalize({found}) END)"
    )


@cache
def _folds() -> MappingProxyType[str, str]:
    found: dict[str, str] = {}
    for code in range(0x80, _LETTERS_END):
        letter = chr(code)
        if code in _SURROGATES or composed(letter) != letter or letter.lower() != letter:
            continue
        fold = composed(composed(letter.casefold()).lower())
        if fold != letter:
            found[letter] = fold
    return MappingProxyType(found)
