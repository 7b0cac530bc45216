"""Names of sheets, as spreadsheets take them: short, without their own signs, each once."""

from __future__ import annotations

import re
from typing import Final

MAX_NAME: Final = 31
"""UTF-16 units, as spreadsheets count."""
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ufffe\uffff]+")
_RESERVED: Final = "history"
"""Spreadsheets keep it for a sheet of their own."""


class SheetNames:
    """The names of a workbook's sheets; those in ``reserved`` are given away already."""

    def __init__(self, *reserved: str) -> None:
        self._used = {_RESERVED, *(name.casefold() for name in reserved)}

    def name_of(self, title: str) -> str:
        """A name for a sheet of that title: the title, shortened, and numbered if it is used."""
        plain = _stripped(_FORBIDDEN.sub(" ", title)) or "Sheet"
        number = 1
        name = _stripped(_shortened(plain, MAX_NAME))
        while name.casefold() in self._used:
            number += 1
            tail = f" ({number})"
            name = _stripped(_shortened(plain, MAX_NAME - len(tail))) + tail
        self._used.add(name.casefold())
        return name


def _stripped(text: str) -> str:
    """Without blanks and apostrophes around it, and with single blanks inside."""
    return " ".join(text.split()).strip("' ")


def _shortened(text: str, units: int) -> str:
    return text.encode("utf-16-le", "ignore")[: 2 * units].decode("utf-16-le", "ignore")
