"""Go through compose.yaml's commands, one process each, without a container engine.

The services of the product's image run as compose.yaml and the Dockerfile state them (commands,
environment, health checks), in an empty environment and folder, on the embedded PostgreSQL and
Valkey in the stead of the two server images. Then the main job is done from outside: sign in,
Dagster's sensor, a run asked of Dagster's web server, a report over it, a mail that arrives.

    python scripts/check_compose.py [FOLDER WITH THE INSTALLED PRODUCT]
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from optilearn.embedded import Services, ensure

ROOT: Final = Path(__file__).resolve().parents[1]
HOST: Final = "learn.example.org"
SCHOOL: Final = "springdale"
PASSWORD: Final = "letters-and-digits-0123456789-abcdefghij"  # noqa: S105 - of this check alone
PATIENCE: Final = 240.0
"""Seconds for whatever is waited for; Dagster's sensor has a turn once a minute."""
SIGN_IN: Final = f"""
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "optilearn.config.settings"
import django; django.setup()
from django.conf import settings
from optilearn.core.access.roles import Role
from optilearn.core.access.tokens import encode
from optilearn.institutions.selectors import institution_by_slug
from optilearn.people.selectors import principal_by_code, session_claims
school = institution_by_slug({SCHOOL!r})
claims = session_claims(principal_by_code(school, Role.ADMIN, None), school)
print(encode(claims, secret=settings.AUTH_SECRETS[0], cookie_name=settings.AUTH_COOKIE))
"""
"""What OptiCRM does when a person signs in: the product itself mints none in production."""
LAUNCH: Final = """
mutation ($tags: [ExecutionTag!]!, $selector: JobOrPipelineSelector!) {
  launchRun(executionParams: {selector: $selector, executionMetadata: {tags: $tags}}) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  }
}"""
LOOK: Final = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
PARTITIONS: Final = """{
  assetNodes(assetKeys: [{path: ["institution_snapshot"]}]) { partitionKeys repository {
    name location { name } } }
}"""


class FailedError(Exception):
    """Something isn't as it should be."""


def say(text: str) -> None:
    """A heading."""
    sys.stdout.write(f"== {text}\n")
    sys.stdout.flush()


def wait_for(what: str, look: Callable[[], Any], alive: Callable[[], None]) -> Any:
    """Whatever ``look`` gives that is true. Raises ``FailedError`` after a while."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        alive()
        if found := look():
            return found
        time.sleep(0.5)
    raise FailedError(f"{what}: not within {PATIENCE:.0f} seconds")


class Mailbox(Message):
    """Keeps what arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Any] = []

    def handle_message(self, message: Any) -> None:
        """One more."""
        self.mails.append(message)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Product:
    """The services of compose.yaml that run the product's image."""

    prefix: Path
    home: Path
    running: Services
    mail_port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    web_port: int = field(default_factory=free_port)
    dagster_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self._compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
        self._dockerfile = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
        secrets = ("POSTGRES", "OWNER", "APP", "ETL", "DAGSTER")
        self._given = {f"{name}_PASSWORD": PASSWORD for name in secrets} | {
            "POSTGRES_PASSWORD": urlsplit(self.running.superuser_url).password or "",
            "VALKEY_PASSWORD": urlsplit(self.running.redis_url).password or "",
            "DJANGO_SECRET": PASSWORD[::-1] * 2,
            "SESSION_SECRETS": PASSWORD * 2,
            "HOSTS": HOST,
            "SMTP_URL": f"smtp://127.0.0.1:{self.mail_port}",
        }

    def services(self) -> list[str]:
        """The long-running ones, in the order of the file."""
        return [
            name
            for name, service in self._compose["services"].items()
            if service.get("image") == "optilearn" and service["restart"] != "on-failure"
        ]

    def command(self, name: str) -> list[str]:
        """The service's command, else the image's."""
        stated = self._compose["services"][name].get("command") or self._stated("CMD")
        return [self._here(word) for word in stated]

    def health(self, name: str) -> list[str]:
        """The service's health check, else the image's; empty if it is disabled."""
        check = self._compose["services"][name].get("healthcheck", {})
        if check.get("disable"):
            return []
        stated = check["test"][1:] if "test" in check else self._stated("HEALTHCHECK .* CMD")
        return [self._here(word) for word in stated]

    def environment(self, name: str) -> dict[str, str]:
        """What the process of a service finds; nothing of ours."""
        image = re.findall(r"([A-Z_]+)=(\S+)", self._found(r"^ENV (.*)$"))
        service = self._compose["services"][name]["environment"]
        return {
            key: self._here(self._filled(str(value))) for key, value in [*image, *service.items()]
        } | {"PORT": str(self.web_port)}

    def run(self, name: str, *words: str) -> str:
        """A command in a service's environment, to its end. Raises ``FailedError``."""
        done = subprocess.run(
            self._program(words or self.command(name)),
            env=self.environment(name),
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        if done.returncode:
            raise FailedError(f"{words or name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def start(self, name: str) -> None:
        """Start a service; what it says goes into a file."""
        with (self.home / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                self._program(self.command(name)),
                env=self.environment(name),
                cwd=self.home,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def all_alive(self) -> None:
        """Raise ``FailedError`` if one has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise FailedError(f"{name} ended with {process.returncode}\n{self.log(name)}")

    def is_healthy(self, name: str) -> bool:
        """As the container engine would find out."""
        try:
            self.run(name, *self.health(name))
        except (FailedError, subprocess.TimeoutExpired):
            return False
        return True

    def log(self, name: str) -> str:
        """The end of what it said."""
        return (self.home / f"{name}.log").read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        """As `docker compose down`: each gets SIGTERM, and whoever doesn't go, SIGKILL."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _program(self, words: Sequence[str]) -> list[str]:
        return [str(self.prefix / "bin" / words[0]), *words[1:]]

    def _stated(self, instruction: str) -> list[str]:
        words: list[str] = json.loads(self._found(rf"^{instruction} (\[.*\])$"))
        return words

    def _found(self, pattern: str) -> str:
        return re.findall(pattern, self._dockerfile, re.MULTILINE)[-1]

    def _filled(self, text: str) -> str:
        """As compose replaces ${NAME:?} and ${NAME:-default}."""
        return re.sub(
            r"\$\{(\w+)(?::\?|:-([^}]*))?\}",
            lambda match: self._given.get(match[1]) or match[2] or "",
            text,
        )

    def _here(self, text: str) -> str:
        """Addresses and folders of the containers as those of this machine."""
        folder = quote(parse_qs(urlsplit(self.running.superuser_url).query)["host"][0], safe="")
        valkey = urlsplit(self.running.redis_url)
        text = re.sub(r"@postgres/(\w+)", rf"@/\1?host={folder}&port=5432", text)
        for there, here in (
            ("@valkey:6379", f"@{valkey.hostname}:{valkey.port}"),
            ("/opt/optilearn/static", str(self.home / "static")),
            ("/var/lib/optilearn", str(self.home)),
            ("/opt/optilearn", str(self.prefix)),
            ("127.0.0.1:3000", f"127.0.0.1:{self.dagster_port}"),
            ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - is replaced
            ("/tmp/beat", str(self.home / "beat")),  # noqa: S108 - is replaced
        ):
            text = text.replace(there, here)
        ports = {"8000": str(self.web_port), "3000": str(self.dagster_port)}
        return ports.get(text, text)


@contextmanager
def product(prefix: Path) -> Iterator[tuple[Product, Mailbox]]:
    """The product on servers of its own; all is ended and removed after the block."""
    home = Path(tempfile.mkdtemp(prefix="optilearn-compose-"))
    mailbox = Mailbox()
    mails = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    mails.start()
    try:
        with ensure(home / "servers", postgres=True, valkey=True, durable=False) as running:
            (home / "dagster").mkdir()
            shutil.copyfile(ROOT / "dagster.yaml", home / "dagster" / "dagster.yaml")
            made = Product(prefix, home, running, mails.port)
            try:
                yield made, mailbox
            finally:
                made.stop()
    finally:
        mails.stop()
        shutil.rmtree(home, ignore_errors=True)


def bring_up(made: Product) -> None:
    """`docker compose up`, to the point where every health check is content."""
    say("provision, migrate, and both again")
    for name in ("provision", "migrate") * 2:
        made.run(name)
    made.run("web", "optilearn", "collectstatic", "--noinput", "--verbosity", "0")
    made.run("web", "optilearn", "load_school", "--institution", SCHOOL)
    say(", ".join(made.services()))
    for name in made.services():
        made.start(name)
    for name in made.services():
        if made.health(name):
            wait_for(f"health of {name}", lambda: made.is_healthy(name), made.all_alive)  # noqa: B023


def take_snapshot(made: Product) -> None:
    """By Dagster's own pages: the sensor's partition, a run, its end."""
    pages = httpx.Client(base_url=f"http://127.0.0.1:{made.dagster_port}", timeout=60)

    def ask(query: str, **variables: Any) -> Mapping[str, Any]:
        reply = pages.post("/graphql", json={"query": query, "variables": variables}).json()
        if "errors" in reply:
            raise FailedError(str(reply["errors"]))
        data: Mapping[str, Any] = reply["data"]
        return data

    def partition() -> Any:
        nodes = ask(PARTITIONS)["assetNodes"]
        return nodes[0] if nodes and SCHOOL in nodes[0]["partitionKeys"] else None

    say("the daemon's sensor finds the institution")
    node = wait_for("a tick of the sensor", partition, made.all_alive)
    say("a run, asked of Dagster's web server and launched by the daemon")
    selector = {
        "repositoryName": node["repository"]["name"],
        "repositoryLocationName": node["repository"]["location"]["name"],
        "pipelineName": "snapshots",
    }
    tags = [{"key": "dagster/partition", "value": SCHOOL}]
    launched = ask(LAUNCH, tags=tags, selector=selector)["launchRun"]
    if "run" not in launched:
        raise FailedError(str(launched))
    run = launched["run"]["runId"]

    def ended() -> str | None:
        status: str = ask(LOOK, run=run)["runOrError"]["status"]
        return status if status in {"SUCCESS", "FAILURE", "CANCELED"} else None

    if (status := wait_for("the run", ended, made.all_alive)) != "SUCCESS":
        raise FailedError(f"the run: {status}\n{made.log('daemon')}")


def use_it(made: Product, mailbox: Mailbox) -> None:
    """As a person's browser does."""
    say("sign in")
    token = made.run("web", "python", "-c", SIGN_IN).strip()
    headers = {
        "Host": HOST,
        "Origin": f"https://{HOST}",
        "X-Forwarded-Proto": "https",
        "Cookie": f"__Secure-authjs.session-token={token}",
    }
    base = f"http://127.0.0.1:{made.web_port}/api"
    browser = httpx.Client(base_url=base, headers=headers, timeout=60)
    _data(browser.get("/session"))
    take_snapshot(made)
    say("a report over it")
    definition = {
        "version": 1,
        "entity": "enrollments",
        "mode": "categorical",
        "dimensions": ["course.code"],
        "measures": ["enrollments.count"],
    }
    answer = _data(browser.post("/analytics/reports/run", json={"definition": definition}))
    if not answer["rows"]:
        raise FailedError(f"an empty answer: {answer}")
    say("a mail")
    _data(browser.post("/notifications/templates/ASSESS_GRADED/EMAIL/en/test"))
    wait_for("the mail", lambda: mailbox.mails, made.all_alive)


def _data(reply: httpx.Response) -> Any:
    if reply.is_error:
        raise FailedError(f"{reply.request.url}: {reply.status_code} {reply.text[:2000]}")
    return reply.json()["data"]


def main(arguments: list[str]) -> int:
    """0 if all of it holds."""
    prefix = Path(arguments[0]).absolute() if arguments else ROOT / ".venv"
    try:
        with product(prefix) as (made, mailbox):
            try:
                bring_up(made)
                use_it(made, mailbox)
                made.all_alive()
            except FailedError:
                for name in made.processes:
                    sys.stderr.write(f"---- {name}\n{made.log(name)}\n")
                raise
    except FailedError as error:
        sys.stderr.write(f"FAILED: {error}\n")
        return 1
    say("compose.yaml's commands hold.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
