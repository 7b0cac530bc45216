"""Reading a session cookie that Auth.js may have split into chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Final
from urllib.parse import unquote

MAX_CANDIDATES: Final = 16
MAX_CHUNKS: Final = 32
"""More than 64 KiB in pieces of 4."""


def session_candidates(header: str, name: str) -> list[str]:
    """The values that a ``Cookie`` header may mean by the session ``name``, best first.

    Any subdomain can set a cookie of that name beside ours, and a session that got shorter leaves
    chunks of the longer one, so whatever may be the session is a candidate: chunks ``name.0``,
    ``name.1``, … complete from 0 on, all of them and then fewer; after them the bare cookies. Only
    exact names count. At most ``MAX_CANDIDATES``, so that a header can't make us work without end.
    """
    values: dict[str, list[str]] = {}
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if value and (key == name or key.startswith(f"{name}.")):
            text = unquote(value) if "%" in value else value
            same = values.setdefault(key, [])
            if text not in same and len(same) < MAX_CANDIDATES:
                same.append(text)
    bare = values.get(name, [])[: MAX_CANDIDATES // 2]
    chunked = islice(_joined(values, name), MAX_CANDIDATES - len(bare))
    return [*chunked, *bare]


def _joined(values: Mapping[str, Sequence[str]], name: str) -> Iterator[str]:
    """Every way to put chunks together, the longest first."""
    chunks: list[Sequence[str]] = []
    while len(chunks) < MAX_CHUNKS and (same := values.get(f"{name}.{len(chunks)}")):
        chunks.append(same)
    for count in range(len(chunks), 0, -1):
        yield from map("".join, product(*chunks[:count]))
