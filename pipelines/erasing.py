"""``python -m pipelines.snapshots erase``: rewrite stored snapshots without an erased person."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from pipelines.resources import Snapshots
from pipelines.snapshots.erase import erase_people
from pipelines.snapshots.errors import SnapshotError
from reports.snapshot.storage import StorageError


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite what has to be; 0 if nothing is left, 1 if something is, 2 for a wrong call."""
    options = _parser().parse_args(arguments)
    try:
        with Snapshots().service() as service:
            roster = {institution.slug: institution for institution in service.roster()}
            if options.institution not in roster:
                sys.stderr.write(f"There is no institution {options.institution}.\n")
                return 2
            done = erase_people(service, roster[options.institution], set(options.person))
    except (SnapshotError, StorageError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(
        f"{options.institution}: {len(done.rewritten)} of {done.looked_at} snapshots rewritten, "
        f"{len(done.removed)} old files removed.\n"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.snapshots erase",
        description="Rewrite kept snapshots without people who were erased from the records.",
    )
    parser.add_argument("--institution", required=True, metavar="SLUG")
    parser.add_argument(
        "--person", action="append", required=True, type=int, metavar="ID", help="may be repeated"
    )
    return parser
