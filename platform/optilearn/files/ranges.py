"""Handing out a file over HTTP, whole or a range of it (RFC 9110 §13 and §14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import gettext as _

from optilearn.core.http.envelope import refusal

CHUNK: Final = 64 * 1024
_RANGE: Final = re.compile(r"bytes=[ \t]*(?:([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18}))[ \t]*")


@dataclass(frozen=True)
class Piece:
    """Bytes ``first`` to ``last``, both in it."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """In bytes."""
        return self.last - self.first + 1


class UnsatisfiableError(Exception):
    """The range lies outside the file."""


def wanted(header: str, size: int) -> Piece | None:
    """The range that a ``Range`` header asks for; None for the whole file.

    What isn't understood (another unit, several ranges, nonsense) is ignored, as the RFC lets a
    server do. Raises ``UnsatisfiableError``.
    """
    match = _RANGE.fullmatch(header)
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        if int(suffix) == 0:
            raise UnsatisfiableError
        return Piece(max(0, size - int(suffix)), size - 1)
    if last is not None and int(last) < int(first):
        return None
    if int(first) >= size:
        raise UnsatisfiableError
    return Piece(int(first), min(int(last), size - 1) if last is not None else size - 1)


def serve(request: HttpRequest, path: Path, etag: str) -> HttpResponseBase:
    """The file at ``path`` in bounded memory. Raises ``FileNotFoundError``."""
    found = path.stat()
    changed = int(found.st_mtime)
    tag = f'"{etag}"'
    common = {"ETag": tag, "Last-Modified": http_date(changed), "Accept-Ranges": "bytes"}
    if _is_known(request, tag, changed):
        return HttpResponse(status=304, headers=common)
    try:
        piece = _piece(request, tag, changed, found.st_size)
    except UnsatisfiableError:
        refused = refusal(416, "VALIDATION_ERROR", _("The range lies outside the file."))
        refused["Content-Range"] = f"bytes */{found.st_size}"
        return refused
    whole = Piece(0, found.st_size - 1)
    response = _body(request, path, piece or whole)
    for name, value in common.items():
        response[name] = value
    if piece is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {piece.first}-{piece.last}/{found.st_size}"
    return response


def _body(request: HttpRequest, path: Path, piece: Piece) -> HttpResponseBase:
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse()
    else:
        path.open("rb").close()  # raise now what can't be told once the answer has begun
        response = StreamingHttpResponse(_chunks(path, piece))
    response["Content-Length"] = str(piece.length)
    return response


def _chunks(path: Path, piece: Piece) -> Iterator[bytes]:
    left = piece.length
    with path.open("rb") as file:
        file.seek(piece.first)
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


def _is_known(request: HttpRequest, tag: str, changed: int) -> bool:
    stated = request.headers.get("If-None-Match")
    if stated is not None:
        return stated.strip() == "*" or tag in [
            part.strip().removeprefix("W/") for part in stated.split(",")
        ]
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and changed <= since


def _piece(request: HttpRequest, tag: str, changed: int, size: int) -> Piece | None:
    if request.method != "GET" or "Range" not in request.headers:
        return None
    condition = request.headers.get("If-Range", "").strip()
    if condition and condition != tag:
        date = parse_http_date_safe(condition)
        if date is None or date != changed or not _identifies_version(changed):
            return None  # another version: all of it
    return wanted(request.headers["Range"], size)


def _identifies_version(changed: int) -> bool:
    """A date names a version only if it can't have changed twice within its second."""
    return datetime.now(UTC).timestamp() - changed >= 2
