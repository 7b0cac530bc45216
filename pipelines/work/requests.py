"""The sensor of snapshots that somebody requested on the pages of the product."""

# Without postponed annotations: Dagster reads the type of ``context``.

import dagster as dg

from pipelines.institutions import known_institutions, range_tags
from pipelines.schedules import snapshots_job
from pipelines.work.product import Product, ProductUnavailableError


# The key of a run is the request's: Dagster runs each once, whatever becomes of it.
@dg.sensor(
    name="requested_snapshots",
    target=snapshots_job,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    required_resource_keys={"product"},
)
def requested_snapshots(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Take the snapshots that were requested since the last tick."""
    product: Product = context.resources.product
    try:
        wanted = product.snapshot_requests()
    except ProductUnavailableError as error:
        return dg.SkipReason(f"The records can't be read: {error}")
    known = set(known_institutions(context.instance))
    requests = [
        dg.RunRequest(run_key=f"requested:{request_id}", tags=range_tags(slug, slug))
        for slug, request_id in wanted.items()
        if slug in known
    ]
    return (
        dg.SensorResult(run_requests=requests)
        if requests
        else dg.SkipReason("Nothing is requested.")
    )
