"""The layout of snapshots: names, keys and folders, the same for the writer and every reader.

A storage key is ``<source>/<institution id>/<snapshot id>.duckdb``. ``source`` names the
database that the records came from, so two databases that share one store (a copy made for
a rehearsal, say) never tidy up each other's files.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

SUFFIX: Final = ".duckdb"
BUILDING: Final = ".building"
"""Ends the name of a file that is being written; no reader opens one."""

_KEY: Final = re.compile(r"[0-9a-z]{1,32}/[0-9]{1,19}/[0-9A-Za-z-]{1,64}\.duckdb")


def snapshot_id(taken_at: datetime, token: str) -> str:
    """An id that sorts by time for people who read a folder, made unique by ``token``."""
    return f"{taken_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{token}"


def folder(source: str, institution_id: int) -> str:
    """The common beginning of an institution's keys."""
    return f"{source}/{institution_id}/"


def storage_key(source: str, institution_id: int, snapshot: str) -> str:
    """The key of a snapshot's file.

    Raises ``ValueError`` if a part could not stand in a key.
    """
    return checked_key(f"{folder(source, institution_id)}{snapshot}{SUFFIX}")


def checked_key(key: str) -> str:
    """The key itself, if it has the one allowed form.

    Raises ``ValueError`` otherwise: a key becomes a path, so nothing else may pass.
    """
    if not _KEY.fullmatch(key):
        raise ValueError(f"Not a snapshot's storage key: {key!r}")
    return key


def path_in(root: Path, key: str) -> Path:
    """The file of a key below a local folder."""
    return root.joinpath(*PurePosixPath(checked_key(key)).parts)
