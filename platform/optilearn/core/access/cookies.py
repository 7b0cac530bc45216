"""Reading a session cookie that Auth.js may have split into chunks."""

from __future__ import annotations

from urllib.parse import unquote


def session_candidates(header: str, name: str) -> list[str]:
    """The values that a ``Cookie`` header may mean by the session ``name``, best first.

    Chunks ``name.0``, ``name.1``, … count if they are complete from 0 on; the bare cookie
    comes after them. Only exact names count: a stale bare cookie beside chunks, or a cookie
    that merely begins with the name (any subdomain can set one), must not sign anybody out.
    """
    values: dict[str, str] = {}
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if value and key not in values:
            values[key] = unquote(value) if "%" in value else value
    chunks = {
        int(key[len(name) + 1 :]): value
        for key, value in values.items()
        if key.startswith(f"{name}.") and key[len(name) + 1 :].isdecimal()
    }
    found = []
    if chunks and sorted(chunks) == list(range(len(chunks))):
        found.append("".join(chunks[i] for i in range(len(chunks))))
    if name in values:
        found.append(values[name])
    return found
