"""``python -m pipelines.work``: scheduled reports and alerts that are due, through Dagster."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import dagster as dg

from pipelines.in_process import run_in_process
from pipelines.work.assets import WORK_JOB
from pipelines.work.product import Product


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the due work once; return 0 if all of it succeeded, 1 otherwise."""
    argparse.ArgumentParser(
        prog="optilearn work", description="Do the scheduled reports and alerts that are due now."
    ).parse_args(arguments)
    due = Product().plan()
    if not due:
        sys.stdout.write("Nothing is due.\n")
        return 0
    succeeded = True
    for result in run_in_process(WORK_JOB, due):
        succeeded &= result.success
        for line in _lines(result):
            sys.stdout.write(f"{line}\n")
    return 0 if succeeded else 1


def _lines(result: dg.ExecuteInProcessResult) -> list[str]:
    """Return a line for each institution and kind of work."""
    found = []
    for event in result.all_events:
        if event.is_step_materialization:
            done = event.step_materialization_data.materialization
            counts = (f"{name} {value.value}" for name, value in done.metadata.items())
            found.append(f"{done.partition}: {done.asset_key.path[-1]}, {', '.join(counts)}")
    return found
