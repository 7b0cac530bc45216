from __future__ import annotations

import json
import sys
import tempfile
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.api import FORMATS, Database, Export, ExportFormat, export_to
from reports.contracts import Limits
from reports.errors import ReportError

Write = Callable[[Path], int]
"""Writes the answer to a file; gives the number of rows."""


class Command(BaseCommand):
    """Runs a report definition from the shell, as a person of an institution.

    With a catalog file it asks any DuckDB database instead, which belongs to no institution.
    """

    requires_system_checks = ()
    help = "Run the report definition in FILE ('-' reads standard input)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The definition, whose eyes or which database, and the form of the answer."""
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--institution", metavar="SLUG")
        parser.add_argument("--as", dest="person", default="ADMIN", metavar="ROLE[:PERSON]")
        parser.add_argument("--catalog", type=Path, metavar="YAML", help="with --database")
        parser.add_argument("--database", type=Path, metavar="DUCKDB", help="with --catalog")
        parser.add_argument(
            "--now", type=_moment, metavar="TIME", help="what relative dates of --database go by"
        )
        parser.add_argument(
            "--format", choices=[str(f) for f in FORMATS], help="else by OUT's ending, or a table"
        )
        parser.add_argument("--bom", action="store_true", help="begin CSV with a byte order mark")
        parser.add_argument("-o", "--output", type=Path, metavar="OUT")

    def handle(self, *, file: str, output: Path | None, **options: Any) -> None:
        """Answer on standard output, or into a file."""
        definition = _read(file)
        options["format"] = options["format"] or _format_of(output)
        if output is not None and not output.absolute().parent.is_dir():
            raise CommandError(f"There is no folder {output.parent}.")
        is_file = options["catalog"] is not None and options["database"] is not None
        if is_file == (options["institution"] is not None):
            raise CommandError("Give either --institution, or --catalog and --database.")
        write = _of_database(definition, options) if is_file else self._of(definition, options)
        if output is not None:
            rows = write(output)
            self.stderr.write("")
            self.stdout.write(f"{output}: {rows:,} rows.")
            return
        with tempfile.TemporaryDirectory() as folder:
            answer = Path(folder) / "answer"
            write(answer)
            sys.stdout.buffer.write(answer.read_bytes())
            sys.stdout.buffer.flush()

    def _of(self, definition: dict[str, Any], options: dict[str, Any]) -> Write:
        """The answer to a person of an institution."""

        def show_progress(rows: int) -> None:
            if options["verbosity"] and sys.stderr.isatty():
                self.stderr.write(f"\r{rows:,} rows", ending="")

        # Here, because a database with a catalog file is asked without loading the apps.
        from optilearn.analytics.exports.shell import export_report  # noqa: PLC0415
        from optilearn.core.access.roles import Role  # noqa: PLC0415
        from optilearn.core.errors import AppError  # noqa: PLC0415
        from optilearn.core.tenancy.context import tenant_context  # noqa: PLC0415
        from optilearn.institutions.selectors import institution_by_slug  # noqa: PLC0415
        from optilearn.people.selectors import principal_by_code  # noqa: PLC0415

        def write(path: Path) -> int:
            institution = institution_by_slug(options["institution"])
            if institution is None:
                raise CommandError(f"There is no institution {options['institution']!r}.")
            role, _, code = options["person"].partition(":")
            try:
                principal = principal_by_code(institution, Role(role), code or None)
            except (ValueError, LookupError) as error:
                raise CommandError(str(error)) from error
            with tenant_context(institution.id):
                try:
                    wanted = Export(options["format"], bom=options["bom"], progress=show_progress)
                    return export_report(
                        principal=principal, definition=definition, path=path, wanted=wanted
                    )
                except AppError as error:
                    raise CommandError(_explain(str(error.code), error.details, error)) from error

        return write


def _of_database(definition: dict[str, Any], options: dict[str, Any]) -> Write:
    """The answer of a database that a catalog file describes."""

    def write(path: Path) -> int:
        try:
            database = Database(options["catalog"], options["database"], options["now"])
            try:
                result = database.run(definition, Limits.for_export())
                form = ExportFormat(options["format"])
                export_to(result, form, path, bom=options["bom"])
            finally:
                database.close()
        except ReportError as error:
            problems = [problem.to_wire() for problem in error.problems]
            raise CommandError(_explain(error.code, problems, error)) from error
        return result.meta.row_count

    return write


def _format_of(output: Path | None) -> str:
    ending = output.suffix.removeprefix(".").lower() if output is not None else ""
    return ending if ending in set(map(str, FORMATS)) else "table"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"a time like 2026-10-01T09:00:00Z, not {text!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


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


def _explain(code: str, details: object, error: Exception) -> str:
    if not isinstance(details, list):
        return str(getattr(error, "message", error))
    lines = [f"  {d['path'] or '/'}: {d['message']} {d['hint']}".rstrip() for d in details]
    return "\n".join([f"{code}:", *lines])
