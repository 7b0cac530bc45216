"""Institutions as Dagster's dynamic partitions, and the sensor that keeps them in step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import dagster as dg

from pipelines.resources import Snapshots
from pipelines.snapshots.errors import SnapshotError

INSTITUTIONS: Final = dg.DynamicPartitionsDefinition(name="institution")

RANGE_START: Final = "dagster/asset_partition_range_start"
RANGE_END: Final = "dagster/asset_partition_range_end"
ONE: Final = "dagster/partition"

_UNDER_WAY: Final = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dg.sensor(
    name="institution_roster",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    required_resource_keys={"snapshots"},
)
def institution_roster(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Add new institutions, and remove deleted ones that no run is about.

    A roster that can't be read, or that is suddenly empty, changes nothing: the cause is rather
    the database than the institutions.
    """
    snapshots: Snapshots = context.resources.snapshots
    try:
        with snapshots.service() as service:
            roster = [institution.slug for institution in service.roster()]
    except SnapshotError as error:
        return dg.SkipReason(f"The roster can't be read: {error}")
    known = known_institutions(context.instance)
    if not roster and known:
        return dg.SkipReason("The roster is empty although institutions are known; kept as is.")
    new = [slug for slug in roster if slug not in set(known)]
    gone = [slug for slug in known if slug not in set(roster)]
    if gone:
        busy = institutions_under_way(context.instance, known)
        gone = [slug for slug in gone if slug not in busy]
    requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if new:
        requests.append(INSTITUTIONS.build_add_request(new))
    if gone:
        requests.append(INSTITUTIONS.build_delete_request(gone))
    return dg.SensorResult(dynamic_partitions_requests=requests)


def known_institutions(instance: dg.DagsterInstance) -> list[str]:
    """Return the partitions, in Dagster's own order (which ranges go by)."""
    return list(instance.get_dynamic_partitions(_name()))


def add_institutions(instance: dg.DagsterInstance, slugs: Sequence[str]) -> list[str]:
    """Make sure that the partitions exist; returns all of them in order."""
    missing = [slug for slug in slugs if slug not in set(known_institutions(instance))]
    if missing:
        instance.add_dynamic_partitions(_name(), missing)
    return known_institutions(instance)


def institutions_under_way(
    instance: dg.DagsterInstance, known: Sequence[str], job: str | None = None
) -> set[str]:
    """Institutions that a run which has not ended is about; of one job, or of any."""
    busy: set[str] = set()
    for run in instance.get_runs(filters=dg.RunsFilter(job_name=job, statuses=_UNDER_WAY)):
        busy.update(_institutions_of(run.tags, known))
    return busy


def ranges_of(wanted: Iterable[str], known: Sequence[str]) -> list[tuple[str, str]]:
    """Return the wanted institutions as few (first, last) ranges, each of which one run takes."""
    chosen = set(wanted)
    found: list[tuple[str, str]] = []
    previous = ""
    for slug in known:
        if slug in chosen:
            follows = bool(found) and found[-1][1] == previous
            found[-1:] = [(found[-1][0], slug)] if follows else [*found[-1:], (slug, slug)]
        previous = slug
    return found


def range_tags(first: str, last: str) -> dict[str, str]:
    """Return the tags by which Dagster knows a run of several partitions."""
    return {RANGE_START: first, RANGE_END: last}


def _institutions_of(tags: Mapping[str, str], known: Sequence[str]) -> Iterable[str]:
    if ONE in tags:
        return [tags[ONE]]
    first, last = tags.get(RANGE_START), tags.get(RANGE_END)
    if first in known and last in known:
        return known[known.index(first) : known.index(last) + 1]
    return known if first else []


def _name() -> str:
    return INSTITUTIONS.name or ""
