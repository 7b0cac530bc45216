from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from optilearn.analytics.catalog import published_schemas
from optilearn.config.api import api


class Command(BaseCommand):
    """Writes or checks what is published of the API: its description, and the schemas."""

    help = "Write docs/openapi.json and the schemas; with --check, fail if they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Write or check."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *, check: bool, **_: Any) -> None:
        """Mobile apps depend on the API: it changes knowingly or not at all."""
        documents = {
            "openapi": api.get_openapi_schema(),
            **published_schemas(),
        }
        for name, schema in documents.items():
            path: Path = settings.ROOT / "docs" / f"{name}.json"
            text = json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
            if not check:
                path.write_text(text, encoding="utf-8")
                self.stdout.write(f"docs/{name}.json written.")
            elif not path.exists() or path.read_text(encoding="utf-8") != text:
                raise CommandError(f"docs/{name}.json is out of date. Run `optilearn openapi`.")
