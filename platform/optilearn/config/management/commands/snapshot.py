from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Takes snapshots now, through the same Dagster asset as the schedules."""

    help = "Take a snapshot of an institution, or of all, now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the institutions."""
        group = parser.add_mutually_exclusive_group(required=True)
        group.add_argument("--institution", action="append", default=[], metavar="SLUG")
        group.add_argument("--all", action="store_true")
        parser.add_argument("--full", action="store_true", help="read everything again")

    def handle(self, *, institution: list[str], full: bool, **options: Any) -> None:
        """In a process of its own: nobody imports the pipelines."""
        command = [sys.executable, "-m", "pipelines.snapshots"]
        command += ["--all"] if options["all"] else []
        command += [part for slug in institution for part in ("--institution", slug)]
        command += ["--full"] if full else []
        if subprocess.run(command, check=False).returncode:
            raise CommandError("The snapshot failed; the last good one goes on serving.")
