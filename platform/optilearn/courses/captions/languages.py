"""Tags of languages (BCP 47), and words as a search compares them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from django.utils.translation import gettext as _

from optilearn.core.errors import AppError, ErrorCode

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
_JOINERS: Final = dict.fromkeys(map(ord, "\u200c\u200d\u00ad"))
"""They change how letters are joined, not which they are."""


def canonical(tag: str) -> str:
    """A tag in its usual case: ``HI-deva-in`` is ``hi-Deva-IN``.

    Raises ``AppError`` VALIDATION_ERROR.
    """
    if not _TAG.fullmatch(tag):
        message = _("Write the language as a tag, such as en, hi or en-IN.")
        details = [{"path": "/path/language", "code": "language", "message": message}]
        raise AppError(ErrorCode.VALIDATION_ERROR, message, details)
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *(_cased(part) for part in rest)])


def _cased(part: str) -> str:
    if len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if len(part) == 2 else part.lower()


def comparable(text: str) -> str:
    """The text as a search sees it: whatever case, form of letters and space between words.

    Hindi letters with a dot have two spellings in Unicode; both are found by either.
    """
    folded = unicodedata.normalize("NFKC", text.translate(_JOINERS)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())
