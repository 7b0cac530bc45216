from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from optilearn.demo.progress import rows_progress
from optilearn.demo.school import load_school


class Command(BaseCommand):
    """Loads the made-up school."""

    help = "Make Springdale, a made-up school, the records of an institution."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The institution's slug."""
        parser.add_argument("--institution", default="springdale", metavar="SLUG")

    def handle(self, *, institution: str, **_: Any) -> None:
        """Load with a progress bar."""
        with rows_progress(f"Loading {institution}") as (started, advance):
            report = load_school(institution, started=started, advance=advance)
        if report.already_loaded:
            self.stdout.write(f"{institution} already holds these records; nothing changed.")
        else:
            self.stdout.write(f"{institution}: {report.rows:,} rows loaded.")
