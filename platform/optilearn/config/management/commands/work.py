from __future__ import annotations

import subprocess
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Does due work now, through the same Dagster job as the sensor."""

    help = "Do the scheduled reports and alerts that are due now."

    def handle(self, **_: Any) -> None:
        """Run it in a process of the pipelines, which nobody imports."""
        done = subprocess.run([sys.executable, "-m", "pipelines.work"], check=False)
        if done.returncode:
            raise CommandError("Some work failed; it is tried again.")
