"""Errors of snapshots, worded for the person who runs them."""

from __future__ import annotations


class SnapshotError(Exception):
    """A snapshot was not taken; the last good one stays in use."""


class BusyError(SnapshotError):
    """Another process is taking a snapshot of the same institution."""


class SourceError(SnapshotError):
    """PostgreSQL could not be reached, stopped in the middle or refused a statement."""


class BuildError(SnapshotError):
    """The file could not be written: the disk is full, or memory is short."""


class ChecksFailedError(SnapshotError):
    """The file was built and is wrong or suspicious, so it was not published."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class RefreshMismatchError(SnapshotError):
    """The row counts of an incremental file are wrong; a full snapshot is taken instead."""
