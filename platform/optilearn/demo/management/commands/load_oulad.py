from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from optilearn.demo.oulad import load_oulad
from optilearn.demo.oulad_files import SourceError
from optilearn.demo.progress import rows_progress


class Command(BaseCommand):
    """Loads the Open University Learning Analytics Dataset as an institution."""

    help = "Make the OULAD dataset in DIR the records of an institution."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder and the institution's slug."""
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--institution", default="open-university", metavar="SLUG")

    def handle(self, *, folder: Path, institution: str, **_: Any) -> None:
        """Load with a progress bar."""
        try:
            with rows_progress(f"Loading {institution}") as (started, advance):
                report = load_oulad(folder, institution, started=started, advance=advance)
        except SourceError as error:
            raise CommandError(str(error)) from error
        if report.already_loaded:
            self.stdout.write(f"{institution} already holds these records; nothing changed.")
        else:
            self.stdout.write(f"{institution}: {report.rows:,} rows loaded.")
