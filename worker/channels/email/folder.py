"""E-mail into a folder, for development: one file for each message, which its name tells.

``2026-11-30 08-00-01.250417 asha@north.example Grades by class 1f2e.eml``: in the order of time.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from worker.channels.email.message import Email
from worker.channels.email.mime import build
from worker.channels.email.smtp import PROVIDER
from worker.channels.outcomes import Accepted, Later, Outcome

_RESERVED: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_MAX_BYTES: Final = 60
"""Of the recipient and of the subject: file systems take 255 bytes in all."""


class Folder:
    """A stand-in for an SMTP server that writes files. A repetition replaces its file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def close(self) -> None:
        """Nothing is open."""

    def send(self, email: Email) -> Outcome:
        """Write the message as a file. Never raises for what the disk does."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / self._name(email)
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(build(email))
            unfinished.replace(path)
        except OSError as error:
            return Later("unreachable", type(error).__name__, PROVIDER)
        return Accepted(PROVIDER)

    def _name(self, email: Email) -> str:
        """The name of the message's file; of a repetition, that of the first attempt."""
        mark = hashlib.sha256(email.message_id.encode()).hexdigest()[:8]
        known = next(self._folder.glob(f"* {mark}.eml"), None)
        if known is not None:
            return known.name
        at = datetime.now(UTC).strftime("%Y-%m-%d %H-%M-%S.%f")
        return f"{at} {_short(email.to_address)} {_short(email.subject)} {mark}.eml"


def _short(text: str) -> str:
    """As much of a text as a file's name can have."""
    plain = " ".join(_RESERVED.sub("-", text).split())
    return plain.encode()[:_MAX_BYTES].decode(errors="ignore").strip(" .-") or "-"
