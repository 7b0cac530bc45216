"""Hashes of secrets. The secrets are random and long, so a plain hash can't be reversed."""

from __future__ import annotations

import hashlib


def session_hash(token_id: str) -> bytes:
    """Of the id of a session token."""
    return hashlib.sha256(b"session:" + token_id.encode()).digest()


def token_hash(token: str) -> bytes:
    """Of an integration's token."""
    return hashlib.sha256(b"token:" + token.encode()).digest()
