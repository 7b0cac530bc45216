from __future__ import annotations

import signal
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from optilearn.analytics.services import render, run_report
from optilearn.core.access.roles import Role
from optilearn.core.tenancy.context import tenant_context
from optilearn.demo.questions import QUESTIONS, SCHOOL, UNIVERSITY, Question
from optilearn.institutions.selectors import institution_by_slug
from optilearn.people.selectors import principal_by_code


class Command(BaseCommand):
    """The main job from end to end: load, snapshot, ask, export, serve."""

    help = "Show the product on a real university's records and a made-up school."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the records are, and whether to serve afterwards."""
        parser.add_argument("--no-serve", action="store_true", help="end after the questions")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, no_serve: bool, port: int, **_: Any) -> None:
        """Every step can be repeated; what is done already is not done again."""
        self._step("Records: PostgreSQL")
        call_command("migrate", verbosity=0)
        call_command("load_oulad", settings.OULAD_DIR, "--institution", UNIVERSITY)
        call_command("load_school", "--institution", SCHOOL)
        self._step("Snapshots: through Dagster into DuckDB")
        call_command("snapshot", "--all")
        self._ask()
        self._isolation()
        if not no_serve:
            self._serve(port)

    def _step(self, title: str) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(f"\n== {title}"))

    def _ask(self) -> None:
        for number, question in enumerate(QUESTIONS, start=1):
            self._step(f"Question {number} · {question.institution} · {question.title}")
            result = self._answer(question)
            self.stdout.write(render(result, "table").decode())
            if number == 1:
                self._workbook(render(result, "xlsx"))

    def _workbook(self, body: bytes) -> None:
        path: Path = settings.HOME / "demo" / "how-modules-ended.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        self.stdout.write(f"The same result as a workbook: {path}")

    def _isolation(self) -> None:
        self._step("Isolation: each institution sees its own rows, and nobody sees all")
        query = "SELECT count(*), count(DISTINCT institution_id) FROM people_person"
        with connection.cursor() as cursor:
            cursor.execute(query)
            people, institutions = cursor.fetchone() or (0, 0)
            self.stdout.write(
                f"no institution   {people:>7,} people of {institutions} institutions"
            )
            for slug in (UNIVERSITY, SCHOOL):
                institution = institution_by_slug(slug)
                if institution is None:
                    continue
                with tenant_context(institution.id):
                    cursor.execute(query)
                    people, institutions = cursor.fetchone() or (0, 0)
                    self.stdout.write(
                        f"{slug:<16} {people:>7,} people of {institutions} institution"
                    )

    def _serve(self, port: int) -> None:
        self._step(f"Serving at http://127.0.0.1:{port}/api/docs until Ctrl-C")
        self.stdout.write(
            "A token for it:  optilearn token --institution open-university --role ADMIN\n"
        )
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1"]
        command += ["--blocking-threads", "2", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--no-ws", "--log-level", "warning", "optilearn.config.wsgi:application"]
        connection.close()
        self.stdout.flush()  # into a pipe, too, the answers are shown before the serving begins
        # Polars leaves a handler under which waiting for a child goes on after Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with subprocess.Popen(command) as server:
            try:
                server.wait()
            except KeyboardInterrupt:
                server.terminate()
                self.stdout.write("Stopped.")

    def _answer(self, question: Question) -> Any:
        institution = institution_by_slug(question.institution)
        if institution is None:
            raise LookupError(question.institution)
        principal = principal_by_code(institution, Role(question.role), None)
        with tenant_context(institution.id):
            return run_report(principal=principal, definition=question.definition, every_row=True)
