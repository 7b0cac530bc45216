from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from optilearn.core.tenancy.context import tenant_context
from optilearn.crm.services import DirectoryReport, refresh_directory
from optilearn.institutions.selectors import institution_by_slug


class Command(BaseCommand):
    """Takes over OptiCRM's classes, sections and people."""

    help = "Refresh the copy of OptiCRM's classes, sections and people; one line of JSON for each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the institutions."""
        parser.add_argument("--institution", action="append", required=True, metavar="SLUG")
        parser.add_argument(
            "--accept-drop", action="store_true", help="although many students are gone"
        )

    def handle(self, *, institution: list[str], accept_drop: bool, **_: Any) -> None:
        """Refresh one after another; an unavailable roster is reported, not raised."""
        unknown = []
        for slug in institution:
            found = institution_by_slug(slug)
            if found is None:
                unknown.append(slug)
                continue
            report = self._refreshed(found.id, accept_drop=accept_drop)
            moment = report.refreshed_at
            facts = {"refreshed_at": moment.isoformat() if moment else None, "institution": slug}
            self.stdout.write(json.dumps(asdict(report) | facts))
            self.stdout.flush()
        if unknown:
            raise CommandError(f"There is no institution {', '.join(unknown)}.")

    def _refreshed(self, institution_id: int, *, accept_drop: bool) -> DirectoryReport:
        """Refresh one institution; a database error doesn't stop the others."""
        try:
            with tenant_context(institution_id):
                return refresh_directory(accept_drop=accept_drop)
        except DatabaseError as error:
            return DirectoryReport(problem=f"The database refused: {type(error).__name__}.")
