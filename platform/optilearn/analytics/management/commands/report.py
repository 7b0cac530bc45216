from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from optilearn.analytics.services import render, run_report
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import institution_by_slug
from optilearn.people.selectors import principal_by_code
from reports.api import FORMATS
from reports.contracts import Result


class Command(BaseCommand):
    """Runs a report definition from the shell, as a person of an institution."""

    help = "Run the report definition in FILE ('-' reads standard input)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The definition, whose eyes, and the form of the answer."""
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--institution", required=True, metavar="SLUG")
        parser.add_argument("--as", dest="person", default="ADMIN", metavar="ROLE[:PERSON]")
        parser.add_argument("--format", default="table", choices=[str(f) for f in FORMATS])
        parser.add_argument("-o", "--output", type=Path, metavar="OUT")

    def handle(self, *, file: str, output: Path | None, **options: Any) -> None:
        """Answer on standard output, or into a file."""
        definition = _read(file)
        result = _run(definition, options["institution"], options["person"])
        body = render(result, options["format"])
        if output is not None:
            output.write_bytes(body)
            self.stdout.write(f"{output}: {result.meta.row_count:,} rows.")
        else:
            sys.stdout.buffer.write(body)
            sys.stdout.buffer.flush()


def _read(file: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        definition = json.loads(text)
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{file} is not JSON: {error}.") from error
    if not isinstance(definition, dict):
        raise CommandError(f"{file} must hold one JSON object, a report definition.")
    return definition


def _run(definition: dict[str, Any], slug: str, person: str) -> Result:
    institution = institution_by_slug(slug)
    if institution is None:
        raise CommandError(f"There is no institution {slug!r}.")
    role, _, code = person.partition(":")
    try:
        principal = principal_by_code(institution, Role(role), code or None)
    except (ValueError, LookupError) as error:
        raise CommandError(str(error)) from error
    with tenant_context(institution.id):
        try:
            return run_report(principal=principal, definition=definition, every_row=True)
        except AppError as error:
            raise CommandError(_explain(error)) from error


def _explain(error: AppError) -> str:
    if not isinstance(error.details, list):
        return error.message
    lines = [f"  {d['path'] or '/'}: {d['message']} {d['hint']}".rstrip() for d in error.details]
    return "\n".join([f"{error.code}:", *lines])
