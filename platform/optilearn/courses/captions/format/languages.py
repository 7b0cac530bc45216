"""Tags of languages (BCP 47)."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _

from optilearn.core.errors import AppError, ErrorCode

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")


def canonical(tag: str) -> str:
    """Return a tag in its usual case: ``HI-deva-in`` is ``hi-Deva-IN``.

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
