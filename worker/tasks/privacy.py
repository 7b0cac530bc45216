"""What follows an erasure."""

from __future__ import annotations

from optilearn.privacy.rewriting import rewrite_snapshots as rewrite
from worker.app import app


@app.task(name="privacy.rewrite_snapshots")  # type: ignore[untyped-decorator]  # Celery has no types
def rewrite_snapshots() -> None:
    """Rewrite the kept snapshots without those who were erased and are still in one."""
    rewrite()
