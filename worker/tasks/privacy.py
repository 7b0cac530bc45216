"""Background tasks of privacy."""

from __future__ import annotations

from optilearn.privacy.rewriting import rewrite_snapshots as rewrite
from worker.app import task


@task("privacy.rewrite_snapshots")
def rewrite_snapshots() -> None:
    """Rewrite stored snapshots that have erased people in them."""
    rewrite()
