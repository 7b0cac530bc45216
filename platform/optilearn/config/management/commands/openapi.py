from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from optilearn.config.api import api

SNAPSHOT: Final = Path("docs") / "openapi.json"


class Command(BaseCommand):
    """Writes or checks the snapshot of the API's description."""

    help = "Write docs/openapi.json; with --check, fail if it isn't what the code says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Write or check."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *, check: bool, **_: Any) -> None:
        """Mobile apps depend on the API: it changes knowingly or not at all."""
        schema = api.get_openapi_schema(path_prefix="/api/")
        text = json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        path: Path = settings.ROOT / SNAPSHOT
        if not check:
            path.write_text(text, encoding="utf-8")
            self.stdout.write(f"{SNAPSHOT} written.")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            raise CommandError(f"The API differs from {SNAPSHOT}. Run `optilearn openapi`.")
