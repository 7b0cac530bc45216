"""File locks of the kernel's own: they end with the process that holds them, kill -9 or not.

Three files in a server's folder carry its whole life. `start.lock` lets one process at a time
start things. `users.lock` is shared by everyone who uses the server. `supervisor.lock` is held by
the process that keeps the server running. No process id is ever counted, so none can be stale.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from optilearn.embedded.errors import EmbeddedError

START = "start.lock"
USERS = "users.lock"
SUPERVISOR = "supervisor.lock"

_PAUSE_SECONDS = 0.01


def open_lock(path: Path) -> int:
    """A descriptor to lock with; it is not passed on to programs this process starts."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except PermissionError:
        raise EmbeddedError(
            f"{path} belongs to another user. Choose another folder with OPTILEARN_HOME."
        ) from None


def try_lock(descriptor: int, *, shared: bool) -> bool:
    """Take the lock if that needs no waiting."""
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int, *, shared: bool, seconds: float, what: str) -> None:
    """Take the lock, or raise ``EmbeddedError`` naming what was waited for."""
    deadline = time.monotonic() + seconds
    while not try_lock(descriptor, shared=shared):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Gave up after {seconds:.0f} s of waiting for {what}.")
        time.sleep(_PAUSE_SECONDS)


def release(descriptor: int) -> None:
    """Give the lock back. The descriptor is closed and must not be used again."""
    # Unlocking first also frees the lock where a forked child still has the descriptor.
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


@contextmanager
def exclusive(path: Path, *, seconds: float, what: str) -> Iterator[None]:
    """Hold the lock alone while the block runs."""
    descriptor = open_lock(path)
    try:
        wait_lock(descriptor, shared=False, seconds=seconds, what=what)
        yield
    finally:
        release(descriptor)


def is_held(path: Path) -> bool:
    """Return True if another descriptor holds the lock in a mode that excludes us."""
    descriptor = open_lock(path)
    try:
        return not try_lock(descriptor, shared=False)
    finally:
        release(descriptor)
