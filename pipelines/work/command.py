"""``python -m pipelines.work``: scheduled reports and alerts that are due, through Dagster."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import dagster as dg

from pipelines.definitions import defs
from pipelines.institutions import add_institutions, range_tags, ranges_of
from pipelines.resources import prepare_dagster_home
from pipelines.work.assets import WORK_JOB
from pipelines.work.product import Product

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the due work once; return 0 if all of it succeeded, 1 otherwise."""
    argparse.ArgumentParser(
        prog="optilearn work", description="Do the scheduled reports and alerts that are due now."
    ).parse_args(arguments)
    due = Product().plan()
    if not due:
        sys.stdout.write("Nothing is due.\n")
        return 0
    prepare_dagster_home()
    job, succeeded = defs.resolve_job_def(WORK_JOB), True
    with dg.DagsterInstance.get() as instance:
        known = add_institutions(instance, due)
        for first, last in ranges_of(due, known):
            result = job.execute_in_process(
                instance=instance,
                run_config=_QUIET,
                tags=range_tags(first, last),
                raise_on_error=False,
            )
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
