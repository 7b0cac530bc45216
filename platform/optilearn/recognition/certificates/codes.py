"""Public codes of certificates: 130 random bits behind the institution's number.

The number says in which institution a code is looked up; it is no secret, since the page that a
code leads to names the institution. The letters are Crockford's: none looks like another, and
case makes no difference, so that a code can be typed from paper.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH: Final = 26
"""Letters of five bits each."""
_FORM: Final = re.compile(rf"([1-9][0-9]{{0,17}})-([{_LETTERS}]{{{_LENGTH}}})")


@dataclass(frozen=True)
class Code:
    """A code that has the form of one."""

    institution_id: int
    text: str

    @property
    def digest(self) -> bytes:
        """The code's SHA-256, by which it is looked up."""
        return hashlib.sha256(self.text.encode()).digest()


def new_code(institution_id: int) -> Code:
    """Return a code that nobody can guess."""
    secret = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return Code(institution_id, f"{institution_id}-{secret}")


def parsed(text: str) -> Code | None:
    """Return the code that somebody typed; None if it can't be one."""
    found = _FORM.fullmatch(text.strip().lower()) if text.isascii() else None
    return Code(int(found[1]), found[0]) if found else None
