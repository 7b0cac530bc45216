"""The definitions that Dagster loads, without secrets or a database until a run starts."""

from __future__ import annotations

import dagster as dg

from pipelines.assets import institution_snapshot
from pipelines.directory import directory, directory_resource
from pipelines.institutions import institution_roster
from pipelines.resources import snapshots_resource
from pipelines.schedules import (
    hourly_snapshots,
    nightly_snapshots,
    refreshed_snapshots_job,
    snapshots_job,
)
from pipelines.work.assets import alert_evaluations, report_deliveries, scheduled_work, work_job
from pipelines.work.product import product_resource
from pipelines.work.requests import requested_snapshots

defs = dg.Definitions(
    assets=[directory, institution_snapshot, alert_evaluations, report_deliveries],
    jobs=[snapshots_job, refreshed_snapshots_job, work_job],
    schedules=[hourly_snapshots, nightly_snapshots],
    sensors=[institution_roster, scheduled_work, requested_snapshots],
    resources={
        "snapshots": snapshots_resource,
        "directory": directory_resource,
        "product": product_resource,
    },
)
