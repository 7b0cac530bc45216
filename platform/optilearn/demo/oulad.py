"""The Open University's records as an institution: all of them, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import transaction

from optilearn.core.audit import record
from optilearn.core.tenancy.context import tenant_context
from optilearn.demo.bulk import Advance, Loader
from optilearn.demo.oulad_files import read
from optilearn.demo.oulad_rows import ZONE, Writer
from optilearn.institutions.selectors import institution_by_id
from optilearn.institutions.services import InstitutionFacts, ensure_institution, remember

FACTS: Final = InstitutionFacts(name="The Open University", time_zone=ZONE)


@dataclass(frozen=True)
class LoadReport:
    """The result of a load: rows written, or that the institution had them already."""

    rows: int
    already_loaded: bool


def load_oulad(
    folder: Path, slug: str, *, started: Callable[[int], None], advance: Advance
) -> LoadReport:
    """Make the dataset the records of the institution ``slug``, all of them or none.

    ``started`` hears the number of rows to write, ``advance`` each part written. Loading the
    same files again changes nothing; other files replace what was there. Raises
    ``SourceError`` for files that can't be used.
    """
    data = read(folder)
    with transaction.atomic():
        institution = ensure_institution(slug=slug, facts=FACTS)
        with tenant_context(institution.pk):
            loaded = institution_by_id(institution.pk).settings.get("loaded")
            mark = {"source": "oulad", "digest": data.digest}
            if loaded == mark:
                return LoadReport(rows=0, already_loaded=True)
            writer = Writer(data, Loader(advance))
            started(writer.total)
            if loaded is not None:
                writer.loader.clear()
            writer.write()
            writer.loader.count_seats()
            remember(key="loaded", value=mark)
            record(action="load_oulad", target=slug, details={"rows": writer.total})
    return LoadReport(rows=writer.total, already_loaded=False)
