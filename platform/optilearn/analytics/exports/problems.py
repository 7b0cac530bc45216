"""The reasons why an export has no file, as they are stored and shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from optilearn.core.errors import AppError


@dataclass(frozen=True)
class Problem:
    """A reason; ``path`` points into the request that made the job."""

    code: str
    message: str
    path: str = ""
    hint: str = ""

    def to_wire(self) -> dict[str, str]:
        """The object that is stored, and goes into the API's ``details``."""
        return {"code": self.code, "path": self.path, "message": self.message, "hint": self.hint}

    @classmethod
    def of(cls, error: AppError) -> Problem:
        """The first problem that an error lists, or else the error itself."""
        listed = error.details
        first: Any = listed[0] if isinstance(listed, list) and listed else {}
        return cls(
            str(first.get("code", error.code.value)),
            str(first.get("message", error.message)),
            str(first.get("path", "")),
            str(first.get("hint", "")),
        )


def abandoned() -> Problem:
    """Its workers were ended again and again."""
    message = _("The export was given up: each worker that began it was ended.")
    return Problem("EXPORT_ABANDONED", message, hint=_("Export fewer rows, or another format."))


def owner_gone() -> Problem:
    """Whoever asked for it isn't active any more."""
    return Problem("OWNER_GONE", _("The person who asked for this export is not active any more."))
