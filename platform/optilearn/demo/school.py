"""The made-up school as an institution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
from django.db import transaction

from optilearn.core.audit import record
from optilearn.core.tenancy.context import tenant_context
from optilearn.demo.bulk import Advance, Loader
from optilearn.demo.oulad import LoadReport
from optilearn.demo.rewards import reward
from optilearn.demo.springdale import (
    REFERENCES,
    SEED,
    TABLES,
    VERSION,
    ZONE_NAME,
    School,
    make_school,
)
from optilearn.institutions.selectors import institution_by_id
from optilearn.institutions.services import InstitutionFacts, ensure_institution, remember

FACTS: Final = InstitutionFacts(name="Springdale School", time_zone=ZONE_NAME)


def load_school(slug: str, *, started: Callable[[int], None], advance: Advance) -> LoadReport:
    """Make Springdale the records of the institution ``slug``, all of them or none.

    ``started`` hears the number of rows to write, ``advance`` each part written. Loading it
    again changes nothing; what the institution held before is replaced.
    """
    mark = {"source": "springdale", "seed": SEED, "version": VERSION}
    with transaction.atomic():
        institution = ensure_institution(slug=slug, facts=FACTS)
        with tenant_context(institution.pk):
            loaded = institution_by_id(institution.pk).settings.get("loaded")
            if loaded == mark:
                return LoadReport(rows=0, already_loaded=True)
            school = make_school()
            started(school.row_count)
            loader = Loader(advance)
            if loaded is not None:
                loader.clear()
            _write(school, loader)
            loader.count_seats()
            reward(ZoneInfo(ZONE_NAME))
            remember(key="loaded", value=mark)
            record(action="load_school", target=slug, details={"rows": school.row_count})
    return LoadReport(rows=school.row_count, already_loaded=False)


def _write(school: School, loader: Loader) -> None:
    """Every table, its local keys exchanged for ids of the database's."""
    ids: dict[str, pl.Series] = {}
    for table, columns in TABLES.items():
        rows = school.tables[table]
        frame = pl.DataFrame(rows, schema=list(columns), orient="row", infer_schema_length=None)
        ids[table] = loader.ids(table, frame.height)
        # Local keys count from 1 in the order of the rows, so a key is a place in the ids.
        references = {
            column: ids[REFERENCES[column]].gather(frame[column].cast(pl.Int64) - 1)
            for column in frame.columns
            if column in REFERENCES
        }
        loader.write(table, frame.with_columns(id=ids[table], **references))
