from __future__ import annotations

import subprocess
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from optilearn.analytics.alerts.selectors import evaluations_list
from optilearn.analytics.schedules.selectors import occurrence_list
from optilearn.analytics.services import render, run_report
from optilearn.config import env
from optilearn.core.access.roles import Role
from optilearn.core.http.pages import PageQuery
from optilearn.core.tenancy.context import tenant_context
from optilearn.demo import reporting
from optilearn.demo.opticrm import OptiCrmServer
from optilearn.demo.opticrm.server import API_KEY
from optilearn.demo.opticrm.springdale import springdale
from optilearn.demo.questions import QUESTIONS, SCHOOL, UNIVERSITY, Question
from optilearn.embedded.parts import Part, Supervisor, check_port, python
from optilearn.institutions.selectors import institution_by_slug
from optilearn.people.selectors import principal_by_code

_PAGES: Final = ("optilearn", "serve", "--workers", "1")
_WORKER: Final = (
    *("celery", "--app", "worker.app", "--quiet", "worker", "--beat", "--pool", "solo"),
    *("--loglevel", "ERROR"),
)
"""The worker pushes completions to OptiCRM and runs other background work."""
_DAEMON: Final = (
    *("dagster._daemon", "run", "--module-name", "pipelines.definitions"),
    *("--log-level", "warning"),
)
"""Dagster runs schedules, alerts and requested snapshots."""
_SENDER: Final = (
    *("celery", "--app", "worker.app", "--quiet", "worker", "--pool", "solo"),
    *("--loglevel", "ERROR", "--queues", "email,inapp"),
)
_MAIL_SECONDS: Final = 60.0
_SHOWN_MAILS: Final = 6
_SHOWN_ROWS: Final = 4


class Command(BaseCommand):
    """The main job from end to end: load, snapshot, ask, export, serve."""

    help = "Show the product on a real university's records and a made-up school."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the folder of the records, and the choice to serve afterwards."""
        parser.add_argument("--no-serve", action="store_true", help="end after the questions")
        parser.add_argument("--port", type=int, default=env.integer("PORT", 8000, minimum=1))

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
        self._send_reports()
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

    def _send_reports(self) -> None:
        """A schedule of the school, run now: each teacher gets their own rows."""
        self._step("A scheduled report: each teacher gets their own file")
        institution = institution_by_slug(SCHOOL)
        if institution is None:
            raise LookupError(SCHOOL)
        principal = principal_by_code(institution, Role.ADMIN, None)
        started = time.time()
        with tenant_context(institution.id):
            product = reporting.set_up(principal)
        call_command("work")
        with tenant_context(institution.id):
            newest = PageQuery(page=1, per_page=1)
            last = occurrence_list(principal, product.schedule_id, newest)[0][0]
            fired = evaluations_list(principal, product.alert_id, newest)[0]
        counts = last["counts"]
        self.stdout.write(
            f"{reporting.SCHEDULE}: {last['status']}, {counts['recipients']} recipients,"
            f" {counts['scopes']} scopes, {counts['files']} files, {counts['sent']} sent,"
            f" {counts['skipped']} without rows"
        )
        self._show_mails(counts["sent"], started)
        self._step("An alert on the same report")
        for evaluation in fired:
            self.stdout.write(f"{reporting.ALERT}: {evaluation['reason']}")
            for row in evaluation["rows"][:_SHOWN_ROWS]:
                self.stdout.write(f"  {row['label']}: {row['now']}")

    def _show_mails(self, count: int, started: float) -> None:
        """Let the worker send for as long as it takes, and show what it wrote."""
        folder, until = settings.HOME / "mail", time.monotonic() + _MAIL_SECONDS
        connection.close()
        self.stdout.flush()
        log = settings.HOME / "demo" / "worker.log"
        with log.open("ab") as output:
            worker = subprocess.Popen(
                python(*_SENDER), env=env.everything(), stdout=output, stderr=output
            )
        try:
            while time.monotonic() < until:
                mails = list(reporting.mails_in(folder, started))
                if len(mails) >= count:
                    break
                time.sleep(0.2)
        finally:
            worker.terminate()
            worker.wait()
        mails.sort(key=lambda mail: not mail[2])  # those with files first
        for to, subject, names in mails[:_SHOWN_MAILS]:
            self.stdout.write(f"  {to}  {subject}  [{', '.join(names)}]")
        if len(mails) > _SHOWN_MAILS:
            self.stdout.write(f"  and {len(mails) - _SHOWN_MAILS} more, in {folder}")

    def _serve(self, port: int) -> None:
        """The pages, background and scheduled work, and the school's OptiCRM, until Ctrl-C."""
        try:
            check_port("127.0.0.1", port)
        except OSError as error:
            raise CommandError(
                f"Port {port} can't be used: {error.strerror}. See --port."
            ) from None
        with ExitStack() as stack:
            opticrm = self._opticrm(stack)
            address = f"http://127.0.0.1:{port}"
            env.put_default("APP_URL", address)
            self._step(f"Serving at {address}/sign-in until Ctrl-C")
            self.stdout.write(
                f"Your first report:  {address}/docs/first-report\n"
                f"The API's documentation:  {address}/api/docs\n"
                f"OptiCRM:  {opticrm}\n"
                f"E-mail is written to:  {settings.HOME / 'mail'}\n"
                "A token for the API:  optilearn token --institution open-university --role ADMIN\n"
            )
            connection.close()
            self.stdout.flush()  # into a pipe, too, the answers are shown before the serving
            env.put_default("DAGSTER_HOME", str(settings.HOME / "dagster"))
            worker = (*_WORKER, f"--schedule={settings.HOME / 'demo' / 'beat'}")
            parts = [
                Part("pages", python(*_PAGES, "--port", str(port))),
                Part("worker", python(*worker)),
                Part("dagster", python(*_DAEMON)),
            ]
            Supervisor(parts, env.everything()).run()
            self.stdout.write("Stopped.")

    def _opticrm(self, stack: ExitStack) -> str:
        """The address of the OptiCRM that what is served asks: a real one if it is set."""
        if env.has("OPTICRM_API_KEY"):
            return settings.OPTICRM_URL
        small = stack.enter_context(OptiCrmServer({SCHOOL: springdale(SCHOOL)}))
        env.put("OPTICRM_URL", small.url)
        env.put("OPTICRM_API_KEY", API_KEY)
        return f"{small.url} (a small one, for this demonstration)"

    def _answer(self, question: Question) -> Any:
        institution = institution_by_slug(question.institution)
        if institution is None:
            raise LookupError(question.institution)
        principal = principal_by_code(institution, Role(question.role), None)
        with tenant_context(institution.id):
            return run_report(principal=principal, definition=question.definition, every_row=True)
