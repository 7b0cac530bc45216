"""The assets of alerts and scheduled reports, and the sensor that finds them due."""

# Without postponed annotations: Dagster reads the type of ``context``.

import warnings
from collections.abc import Callable

import dagster as dg

from pipelines.assets import institution_snapshot
from pipelines.institutions import (
    INSTITUTIONS,
    institutions_under_way,
    known_institutions,
    range_tags,
    ranges_of,
)
from pipelines.work.product import Product, ProductUnavailableError

# As for the snapshots: one run for many institutions is what Dagster calls beta.
warnings.filterwarnings("ignore", message=".*backfill_policy", category=dg.BetaWarning)

WORK_JOB = "work_on_snapshots"


@dg.asset(
    partitions_def=INSTITUTIONS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=[institution_snapshot],
    required_resource_keys={"product"},
    group_name="work",
    kinds={"duckdb", "postgres"},
)
def alert_evaluations(context: dg.AssetExecutionContext) -> None:
    """The alerts of an institution, each evaluated once on the newest published snapshot."""
    _for_each(context, context.resources.product.evaluate_alerts)


@dg.asset(
    partitions_def=INSTITUTIONS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=[institution_snapshot],
    required_resource_keys={"product"},
    group_name="work",
    kinds={"duckdb", "postgres"},
)
def report_deliveries(context: dg.AssetExecutionContext) -> None:
    """The scheduled reports of an institution, computed and handed to the notification service.

    Rows in PostgreSQL say what is due, so a run that is killed or runs twice sends nothing twice.
    """
    _for_each(context, context.resources.product.send_reports)


def _for_each(context: dg.AssetExecutionContext, work: Callable[[str], int]) -> None:
    """Do the work of each institution of the run; one that fails stops no other one.

    The run fails in the end and names it.
    """
    failed = []
    for slug in context.partition_keys:
        try:
            done = work(slug)
        except Exception:  # one institution's defect must not stop the others' work
            context.log.exception("The work of %s failed.", slug)
            failed.append(slug)
        else:
            context.add_asset_metadata({"done": done}, partition_key=slug)
    if failed:
        raise dg.Failure("The work failed of " + ", ".join(failed), allow_retries=False)


work_job = dg.define_asset_job(WORK_JOB, selection=[alert_evaluations, report_deliveries])
"""Alerts and scheduled reports that are due."""


# Half a minute: a report at 08:00 is on its way at 08:01. A tick costs three queries for each
# institution where nothing is due.
@dg.sensor(
    name="scheduled_work",
    target=work_job,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    required_resource_keys={"product"},
)
def scheduled_work(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Write down what is due, and run the work of the institutions that have some.

    An institution whose work is under way gets no second run; a run that failed is followed by
    another one as long as rows say that something is due.
    """
    product: Product = context.resources.product
    known = known_institutions(context.instance)
    try:
        due = set(product.plan()) & set(known)
    except ProductUnavailableError as error:
        return dg.SkipReason(f"The records can't be read: {error}")
    busy = institutions_under_way(context.instance, known, job=WORK_JOB) if due else set()
    if not due - busy:
        return dg.SkipReason("Nothing is due." if not due else "The due work is under way.")
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(tags=range_tags(first, last))
            for first, last in ranges_of(due - busy, known)
        ]
    )
