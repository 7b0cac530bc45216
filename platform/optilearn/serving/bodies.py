"""Bodies, whole before a thread sees them, and in bounded memory."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings

from optilearn.files.stores import local_store
from optilearn.files.stores.local import CapabilityError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

IN_MEMORY: Final = 256 * 1024
"""More than this of a body, or of an answer, waits on the disk."""
_OBJECTS: Final = "files/objects/"


class GoneError(Exception):
    """The caller has gone before all of it was here."""


@dataclass(frozen=True)
class Body:
    """A request body. ``is_whole`` is False if it is longer than any endpoint accepts."""

    file: IO[bytes]
    length: int
    is_whole: bool


async def read_body(receive: Receive, stated: int | None, limit: int) -> Body:
    """Read a body of at most ``limit`` bytes. Raises ``GoneError``.

    One that says it is longer isn't read at all: what is refused by its length is refused by
    what it says.
    """
    if stated == 0:
        return Body(BytesIO(), 0, is_whole=True)
    if stated is not None and stated > limit:
        return Body(BytesIO(), stated, is_whole=False)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - outlives this
    try:
        length = await _into(file, receive, limit)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return Body(file, length, is_whole=length <= limit)


async def until_gone(receive: Receive) -> None:
    """Return when the caller has gone; the end of an empty body comes first."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _into(file: IO[bytes], receive: Receive, limit: int) -> int:
    """The number of bytes received; more than ``limit`` aren't kept, and the rest isn't read."""
    length, more = 0, True
    while more and length <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise GoneError
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        length += len(chunk)
        if length <= limit:
            file.write(chunk)
    return length


def max_bytes(method: str, path: str) -> int:
    """Return the limit of a body: Django's, or the one that the upload was signed for."""
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    name = path.removeprefix("/api/").removeprefix("v1/")
    if method != "PUT" or not name.startswith(_OBJECTS) or (store := local_store()) is None:
        return limit
    try:
        return store.verified(Path(name).name, "PUT").size
    except CapabilityError:
        return 0
