"""Reasons why the last snapshot can't be continued incrementally."""

from __future__ import annotations

from pipelines.snapshots.checks import DIGEST
from pipelines.snapshots.extract import Reading
from pipelines.snapshots.registry import Published
from pipelines.snapshots.source import next_xid_of
from reports.snapshot.manifest import Manifest
from reports.snapshot.schema import SCHEMA_VERSION, TABLES_BY_NAME


def reason_for_full(base: Published | None, reading: Reading) -> str:
    """Return the reason for a full snapshot, in words; empty if the last one can be continued."""
    if base is None:
        return "there is no published snapshot yet"
    manifest = base.manifest
    if manifest is None or manifest.schema_version != SCHEMA_VERSION:
        return "the last snapshot has an older schema"
    obstacles = {
        "the database or one of its tables was made anew": manifest.source != reading.source,
        "the database went back in time": (
            next_xid_of(manifest.horizon) > next_xid_of(reading.horizon)
        ),
        "another version of the product wrote the last snapshot": not _is_readable(manifest),
        "the institution's settings or attributes changed": (
            _settings_of_file(manifest) != _settings_of_source(reading)
        ),
    }
    return next((words for words, met in obstacles.items() if met), "")


def _is_readable(manifest: Manifest) -> bool:
    """Return True if the tables are today's, with digests that this DuckDB can continue."""
    return set(manifest.tables) == set(TABLES_BY_NAME) and all(
        facts.digest.startswith(DIGEST) for facts in manifest.tables.values()
    )


def _settings_of_file(manifest: Manifest) -> tuple[object, ...]:
    return (
        manifest.institution_slug,
        manifest.time_zone,
        manifest.first_weekday,
        manifest.min_group_size,
        manifest.perturbation_key,
        manifest.attributes,
    )


def _settings_of_source(reading: Reading) -> tuple[object, ...]:
    return (
        reading.institution.slug,
        reading.time_zone,
        reading.first_weekday,
        reading.min_group_size,
        reading.perturbation_key,
        reading.attributes,
    )
