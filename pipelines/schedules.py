"""The schedules of snapshots."""

from __future__ import annotations

import dagster as dg

from pipelines.assets import FULL_TAG, institution_snapshot
from pipelines.directory import directory
from pipelines.institutions import known_institutions, range_tags

snapshots_job = dg.define_asset_job("snapshots", selection=[institution_snapshot])
"""Snapshots of the current records."""
refreshed_snapshots_job = dg.define_asset_job(
    "refreshed_snapshots", selection=[directory, institution_snapshot]
)
"""The same after a refresh of OptiCRM's directory."""


def _request(context: dg.ScheduleEvaluationContext, *, full: bool) -> dg.RunRequest | dg.SkipReason:
    known = known_institutions(context.instance)
    if not known:
        return dg.SkipReason("No institution is known yet.")
    tags = range_tags(known[0], known[-1])
    return dg.RunRequest(tags=tags | {FULL_TAG: "true"} if full else tags)


# One run for all institutions: a run of its own for each would spend more time on starting
# than on snapshots. At the full hour an incremental one costs next to nothing where nobody
# worked; half an hour off the nightly one, so that they don't wait for each other.
@dg.schedule(
    cron_schedule="0 * * * *",
    target=refreshed_snapshots_job,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def hourly_snapshots(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Take incremental snapshots."""
    return _request(context, full=False)


# A full one counts every row in the source again and leaves a compact file.
@dg.schedule(
    cron_schedule="30 1 * * *",
    target=refreshed_snapshots_job,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def nightly_snapshots(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Take full snapshots."""
    return _request(context, full=True)
