"""E-mail into a folder, for development: one file for each message."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from worker.channels.email.message import Email
from worker.channels.email.mime import build
from worker.channels.email.smtp import PROVIDER
from worker.channels.outcomes import Accepted, Later, Outcome

_STRANGE: Final = re.compile(r"[^A-Za-z0-9@._-]")


class Folder:
    """A stand-in for an SMTP server that writes files. A repetition replaces its file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def close(self) -> None:
        """Nothing is open."""

    def send(self, email: Email) -> Outcome:
        """Write the message as a file. Never raises for what the disk does."""
        name = _STRANGE.sub("_", email.message_id.strip("<>"))
        path = self._folder / f"{name}.eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(build(email))
            unfinished.replace(path)
        except OSError as error:
            return Later("unreachable", type(error).__name__, PROVIDER)
        return Accepted(PROVIDER)
