"""Answers that are files, made for one request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import SEEK_END
from typing import IO, Final

from django.http import HttpResponse, StreamingHttpResponse

_CHUNK: Final = 64 * 1024


class _Chunks:
    """The pieces of a file, which is closed after the last one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        """Yield piece by piece."""
        with self._file:
            while chunk := self._file.read(_CHUNK):
                yield chunk

    def close(self) -> None:
        """Close the file: called by Django at the end of a response, read to its end or not."""
        self._file.close()


def answer_file(file: IO[bytes], headers: Mapping[str, str]) -> HttpResponse:
    """The file from its beginning, in one piece if it is short, else streamed; it is closed."""
    length = file.seek(0, SEEK_END)
    file.seek(0)
    if length > _CHUNK:
        return StreamingHttpResponse(_Chunks(file), headers=dict(headers))  # type: ignore[return-value]  # Django's two kinds of response share a base
    with file:
        return HttpResponse(file.read(), headers=dict(headers))
