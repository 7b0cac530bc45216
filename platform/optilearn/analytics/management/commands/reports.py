from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from pydantic import ValidationError

from optilearn.analytics.saved.code.documents import documents_of, text_of
from optilearn.analytics.saved.code.importing import Step, import_documents
from optilearn.analytics.saved.schemas.code import DocumentIn
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import institution_by_slug
from optilearn.people.selectors import principal_by_code

_KINDS: Final = ("dashboards", "queries", "reports")


class Command(BaseCommand):
    """Keeps saved reports, dashboards and queries as files in a folder.

    A dry run unless ``--apply`` is given.
    """

    help = "Export saved items of an institution to a folder, import them, or compare the two."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The action, whose items, and the folder."""
        parser.add_argument("action", choices=("export", "import", "diff"))
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument("--institution", metavar="SLUG", required=True)
        parser.add_argument("--as", dest="person", default="ADMIN", metavar="ROLE[:PERSON]")
        parser.add_argument(
            "--apply", action="store_true", help="do it; else say what would be done"
        )

    def handle(self, *, action: str, folder: Path, **options: Any) -> None:
        """Say or do it, one line for each item."""
        principal = _principal(options["institution"], options["person"])
        with tenant_context(principal.institution_id):
            if action == "export":
                self._export(principal, folder, apply=options["apply"])
            else:
                self._import(principal, folder, apply=options["apply"] and action == "import")
        if not options["apply"] and action != "diff":
            self.stdout.write("A dry run: nothing was written. Add --apply to do it.")

    def _export(self, principal: Principal, folder: Path, *, apply: bool) -> None:
        wanted = {_name(one): text_of(one) for one in documents_of(principal)}
        there = {str(path.relative_to(folder)) for path in _files(folder)}
        for name in sorted({*wanted, *there}):
            path, text = folder / name, wanted.get(name)
            if text is None:
                self.stdout.write(f"remove   {name}")
            elif name not in there:
                self.stdout.write(f"add      {name}")
            elif path.read_text(encoding="utf-8") != text:
                self.stdout.write(f"change   {name}")
            else:
                continue
            if not apply:
                continue
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")

    def _import(self, principal: Principal, folder: Path, *, apply: bool) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        documents = [_read(path) for path in _files(folder)]
        try:
            steps = import_documents(principal=principal, documents=documents, dry_run=not apply)
        except AppError as error:
            details = error.details if isinstance(error.details, list) else []
            lines = [f"  {problem['message']}" for problem in details]
            raise CommandError("\n".join([error.message, *lines])) from error
        for step in steps:
            self._show(step)

    def _show(self, step: Step) -> None:
        document = step.document
        self.stdout.write(f"{step.action.lower():8} {_name(document)} {document['name']}")
        for line in [*step.changes, *(problem["message"] for problem in step.problems)]:
            self.stdout.write(f"         {line}")


def _principal(slug: str, person: str) -> Principal:
    institution = institution_by_slug(slug)
    if institution is None:
        raise CommandError(f"There is no institution {slug!r}.")
    role, _, code = person.partition(":")
    try:
        return principal_by_code(institution, Role(role), code or None)
    except (ValueError, LookupError) as error:
        raise CommandError(str(error)) from error


def _name(document: Mapping[str, Any]) -> str:
    return f"{document['kind'].lower()}s/{document['key']}.json".replace("querys", "queries")


def _files(folder: Path) -> Iterable[Path]:
    """Return the files of items; whatever else lies in the folder is none of ours."""
    return sorted(path for kind in _KINDS for path in (folder / kind).glob("*.json"))


def _read(path: Path) -> dict[str, Any]:
    try:
        return DocumentIn.model_validate(json.loads(path.read_text(encoding="utf-8"))).document()
    except ValidationError as error:
        lines = [f"  {'/'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise CommandError("\n".join([f"{path} is not a document:", *lines])) from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path} is not JSON: {error}.") from error
