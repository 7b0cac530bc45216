"""The asset of an institution's snapshot, for schedules, backfills and the command."""

# Without postponed annotations: Dagster reads the type of ``context``.

import warnings
from collections.abc import Iterator
from typing import Final

import dagster as dg

from pipelines.directory import directory
from pipelines.institutions import INSTITUTIONS
from pipelines.resources import Snapshots
from pipelines.snapshots.errors import SnapshotError
from pipelines.snapshots.service import Outcome, SnapshotRequest
from reports.snapshot.storage import StorageError

FULL_TAG: Final = "optilearn/full"
ACCEPT_DROP_TAG: Final = "optilearn/accept_drop"


# One run for many institutions is what Dagster calls beta; the tests hold what we need of it.
warnings.filterwarnings("ignore", message=".*backfill_policy", category=dg.BetaWarning)


@dg.asset(
    partitions_def=INSTITUTIONS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=[directory],
    output_required=False,
    required_resource_keys={"snapshots"},
    group_name="snapshots",
    kinds={"duckdb", "postgres"},
)
def institution_snapshot(context: dg.AssetExecutionContext) -> Iterator[dg.Output[None]]:
    """One institution's records as an immutable DuckDB file.

    A run handles any number of institutions one after another over the same connections. One
    that fails doesn't stop the others; the run fails in the end and names them. The tag
    ``optilearn/full`` = ``true`` requests full snapshots.
    """
    snapshots: Snapshots = context.resources.snapshots
    request = SnapshotRequest(
        full=_is_set(context, FULL_TAG), accept_drop=_is_set(context, ACCEPT_DROP_TAG)
    )
    failed: dict[str, str] = {}
    with snapshots.service() as service:
        roster = {institution.slug: institution for institution in service.roster()}
        for slug in context.partition_keys:
            if slug not in roster:
                context.log.warning("There is no institution %r any more.", slug)
                continue
            try:
                outcome = service.take(roster[slug], request, snapshots.progress)
            except (SnapshotError, StorageError) as error:
                context.log.error("%s: %s", slug, error)  # noqa: TRY400  (a message, not a bug)
                failed[slug] = str(error)
            else:
                context.log_event(_materialization(context, outcome))
    if failed:
        raise dg.Failure(
            "No snapshot of " + "; ".join(f"{slug}: {why}" for slug, why in failed.items()),
            metadata={"institutions": sorted(failed)},
            allow_retries=False,
        )
    yield from ()  # what was done is already in the event log, institution by institution


def _is_set(context: dg.AssetExecutionContext, tag: str) -> bool:
    return context.run.tags.get(tag, "").lower() == "true"


def _materialization(
    context: dg.AssetExecutionContext, outcome: Outcome
) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        asset_key=context.asset_key,
        partition=outcome.institution.slug,
        metadata={
            "kind": outcome.kind.value,
            "snapshot": outcome.snapshot_id,
            "rows": outcome.rows,
            "bytes": outcome.size_bytes,
            "sha256": outcome.file_digest,
            "reason": outcome.reason,
        },
    )
