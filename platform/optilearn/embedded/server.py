"""The interface between the supervisor and a kind of server."""

import json
import os
import secrets
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from optilearn.embedded.errors import EmbeddedError

STATE = "state.json"
LOG = "log"
_LOG_LIMIT_BYTES = 8_000_000


@dataclass(frozen=True)
class Launch:
    """The command that starts a server."""

    arguments: list[str]
    environment: dict[str, str]
    prepare_child: Callable[[], None]


class Server(ABC):
    """One server in one folder. Its methods other than paths are the supervisor's to call."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.durable = durable

    @property
    def log(self) -> Path:
        """The log of the supervisor and the server."""
        return self.folder / LOG

    @abstractmethod
    def check_installed(self) -> None:
        """Raise ``EmbeddedError`` if there is no program for this machine."""

    @abstractmethod
    def create_secrets(self) -> None:
        """Make up the passwords, once. Called by a user who holds the start lock."""

    @abstractmethod
    def repair(self) -> None:
        """Clear what a killed predecessor left, and create the data folder if it is new."""

    @abstractmethod
    def launch(self) -> Launch:
        """Return the command that starts it this time."""

    @abstractmethod
    def is_ready(self, pid: int) -> bool:
        """Return True if the process answers its clients by now."""

    @abstractmethod
    def address(self) -> dict[str, Any]:
        """Return the address for clients, to be published when it is ready."""

    @abstractmethod
    def clean_up(self) -> None:
        """Remove what only a running server needs. Called after it has stopped."""

    def publish(self, supervisor_pid: int) -> None:
        """Tell the waiting users that the server is ready, and where."""
        state = {"supervisor": supervisor_pid, **self.address()}
        write_private(self.folder / STATE, json.dumps(state))

    def withdraw(self) -> None:
        """Stop publishing the address."""
        with suppress(FileNotFoundError):
            (self.folder / STATE).unlink()

    def state(self) -> Mapping[str, Any] | None:
        """The published state, or ``None`` if nothing is ready."""
        try:
            state: Mapping[str, Any] = json.loads((self.folder / STATE).read_text())
        except FileNotFoundError:
            return None
        return state

    def trim_log(self) -> None:
        """Keep the log of many runs from growing without end."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".old"))

    def last_words(self) -> str:
        """The end of the log, for an error message."""
        if not self.log.exists():
            return ""
        text = self.log.read_bytes()[-3000:].decode("utf-8", "replace")
        return "\n".join(text.splitlines()[-12:])


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def package_folder(package: str, extra: str) -> Path:
    """Return the folder of an installed package, without importing it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"The package {package} is not installed. Install optilearn[embedded], or set {extra}."
        )
    return Path(spec.origin).parent
