"""As whom a server runs: PostgreSQL refuses to run as root.

When we are root, the server becomes the user who owns its data, or `nobody` for new data. Folders
on the way that this user can't pass (a clone under /root, a private temporary folder) are no
obstacle: the server then keeps the one capability that lets it through, and only then. Nothing
outside the server's own folder changes its owner or its mode.
"""

import ctypes
import os
import pwd
import signal
import stat
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from optilearn.embedded.errors import EmbeddedError

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """The user a server runs as, and whether closed folders must be opened for it."""

    uid: int
    gid: int
    passes_closed_folders: bool = False

    @property
    def is_ours(self) -> bool:
        """True if the server runs as our own user."""
        return self.uid == os.geteuid()

    @classmethod
    def own_user(cls) -> "Identity":
        """The user we are."""
        return cls(os.geteuid(), os.getegid())

    def give(self, path: Path) -> None:
        """Hand a file or folder of ours to the server's user."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid)


def unprivileged_identity(data: Path, needed: Iterable[Path]) -> Identity:
    """The identity for a server that won't run as root.

    ``data`` is its data folder, if it exists yet; ``needed`` are paths it must reach.
    """
    if os.geteuid() != 0:
        if data.exists() and data.stat().st_uid != os.geteuid():
            raise EmbeddedError(
                f"{data} belongs to another user. Choose another folder with OPTILEARN_HOME."
            )
        return Identity.own_user()
    owner = data.stat() if data.exists() else None
    if owner is not None and owner.st_uid != 0:
        uid, gid = owner.st_uid, owner.st_gid
    else:
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise EmbeddedError(
                "PostgreSQL refuses to run as root and this machine has no user 'nobody'. "
                "Run as an ordinary user, or set DATABASE_URL."
            ) from None
        uid, gid = nobody.pw_uid, nobody.pw_gid
    closed = not all(_is_open_to_all(path) for path in needed)
    return Identity(uid, gid, passes_closed_folders=closed)


def _is_open_to_all(path: Path) -> bool:
    folders = [path, *path.resolve().parents, *path.parents]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def become(identity: Identity, signal_at_death: signal.Signals) -> Callable[[], None]:
    """Prepare a child between fork and exec: drop privileges, and end with the parent.

    It heeds SIGINT and SIGTERM: a shell's background job ignores SIGINT, and Dagster's programs
    take SIGINT's handler for SIGTERM's.
    """
    parent = os.getpid()

    def prepare() -> None:
        for kind in (signal.SIGINT, signal.SIGTERM):
            signal.signal(kind, signal.SIG_DFL)
        if not identity.is_ours:
            if identity.passes_closed_folders:
                _prctl(_PR_SET_KEEPCAPS, 1)
            os.setgroups([])
            os.setgid(identity.gid)
            os.setuid(identity.uid)
            if identity.passes_closed_folders:
                _keep_capability(_CAP_DAC_OVERRIDE)
        if sys.platform.startswith("linux"):
            # After setuid, which clears it; then make sure that the parent didn't die before.
            _prctl(_PR_SET_PDEATHSIG, signal_at_death)
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)

    return prepare


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySet(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _keep_capability(number: int) -> None:
    """Keep one capability over the coming exec, and drop all others."""
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    mask = 1 << number
    sets = (_CapabilitySet * 2)(_CapabilitySet(mask, mask, mask), _CapabilitySet(0, 0, 0))
    if _libc.capset(ctypes.byref(header), sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, number)


def _prctl(option: int, first: int, second: int = 0) -> None:
    arguments = (ctypes.c_ulong(first), ctypes.c_ulong(second))
    if _libc.prctl(option, *arguments, ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
