"""The console script ``optilearn``: Django's management commands and ours, with the services.

Without ``DATABASE_URL`` or ``REDIS_URL`` the embedded services of ``OPTILEARN_HOME`` run as long as
the command does. Programs that the command starts find the addresses in their environment, and so
start none of their own.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from optilearn.config import env

_WITHOUT_SERVICES = frozenset(
    {"check", "collectstatic", "compilemessages", "diffsettings", "help", "makemessages", "openapi"}
)
_HEALTH_SECONDS = 4.0
_INTERRUPTED = 128 + signal.SIGINT
_TURN_SECONDS = 0.1
_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ETL_URL", "REDIS_URL")

_USAGE = """\
Usage: optilearn COMMAND [ARGUMENT ...]

Serve
  up                       serve the API and the pipelines until Ctrl-C
  serve                    serve the API alone: --host, --port, --workers
  services [-- COMMAND]    start the embedded services and print their addresses,
                           or run a command with them
  mcp                      serve reports to assistants over stdio, or with --http
  health                   ask the server on this machine's PORT (exit code 0 or 1)

Set up
  provision                create the database and its roles on the server of DATABASE_ADMIN_URL
  migrate                  create and change the tables
  check                    check the settings; with --database default, the time zones too
  token                    print a session token of a person (development only)

Data
  demo                     load two institutions, snapshot them, ask questions, then serve
  load_oulad               load the OULAD dataset as the records of an institution
  load_school              load Springdale, a made-up school, as the records of an institution
  snapshot                 snapshot an institution, or all, now
  report                   run a report definition on a snapshot or any DuckDB database
  work                     do the scheduled reports and alerts that are due now
  reports                  keep saved reports and dashboards as files: export, import, diff

OptiCRM and messages
  refresh_directory        refresh the copy of OptiCRM's classes, sections and people
  push_completions         send the completions that are due to OptiCRM
  queues                   show what waits in the queues and the outbox

Development
  openapi                  write the API's description and schemas; --check compares them
  version                  print the installed version

optilearn COMMAND --help describes a command. Django's own commands work too:
optilearn help --commands lists them all.
"""


def main() -> None:
    """Run the command of ``sys.argv`` and exit with its code."""
    arguments = sys.argv[1:]
    try:
        code = _run(arguments)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    command, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    env.put_default("DJANGO_SETTINGS_MODULE", "optilearn.config.settings")
    if command in {"--help", "-h"}:
        command = "help"
    if (alone := _ALONE.get(command)) is not None and not (command == "help" and rest):
        return alone()
    if command == "mcp":
        return _mcp(rest)
    if command == "report" and {a.split("=")[0] for a in rest} & {"-h", "--help", "--catalog"}:
        return _report_without_records(arguments)
    if command in _WITHOUT_SERVICES or {"-h", "--help"} & set(arguments):
        return _manage(arguments)
    with services():
        serving = {"services": lambda: _services(rest), "serve": lambda: _serve(rest), "up": _up}
        return serving.get(command, lambda: _manage(arguments))()


@contextmanager
def services() -> Iterator[None]:
    """Start what the environment doesn't name, and export the addresses, for the block.

    Exits with a message if the services can't be started.
    """
    needs_database, needs_redis = not env.has("DATABASE_URL"), not env.has("REDIS_URL")
    if not (needs_database or needs_redis):
        yield
        return
    if needs_database and (env.has("DATABASE_OWNER_URL") or env.has("DATABASE_ETL_URL")):
        sys.exit("DATABASE_OWNER_URL or DATABASE_ETL_URL is set, but DATABASE_URL is not.")
    # Here, because production has servers and need not even import this.
    from optilearn.embedded import EmbeddedError, ensure  # noqa: PLC0415

    home = _home()
    try:
        running = ensure(home, postgres=needs_database, valkey=needs_redis)
    except (EmbeddedError, OSError) as error:
        sys.exit(f"The embedded services can't be started: {error}")
    with running:
        env.put("OPTILEARN_HOME", str(home))
        if needs_database:
            env.put("DATABASE_URL", running.app_url)
            env.put("DATABASE_OWNER_URL", running.owner_url)
            env.put("DATABASE_ETL_URL", running.etl_url)
        if needs_redis:
            env.put("REDIS_URL", running.redis_url)
        yield


def _home() -> Path:
    return Path(env.text("OPTILEARN_HOME", ".optilearn")).expanduser().absolute()


def _manage(arguments: list[str]) -> int:
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - slow

    execute_from_command_line(["optilearn", *(arguments or ["help"])])
    return 0


def _report_without_records(arguments: list[str]) -> int:
    """Run ``report`` without loading the apps: a database with a catalog file needs none."""
    from optilearn.analytics.management.commands.report import Command  # noqa: PLC0415 - slow

    Command().run_from_argv(["optilearn", *arguments])
    return 0


def _serve(arguments: list[str]) -> int:
    import django  # noqa: PLC0415 - slow

    django.setup()
    from optilearn.serving.server import serve  # noqa: PLC0415

    return serve(arguments)


def _mcp(arguments: list[str]) -> int:
    """Serve the tools of assistants: a client of the API, so it needs neither services nor apps."""
    from optilearn.analytics.assistants.server import main  # noqa: PLC0415 - slow

    return main(arguments)


def _help() -> int:
    sys.stdout.write(_USAGE)
    return 0


def _version() -> int:
    sys.stdout.write(f"{version('optilearn')}\n")
    return 0


def _health() -> int:
    """Ask the server as a visitor would, by one of its host names."""
    hosts = [host.lstrip(".") for host in env.items("ALLOWED_HOSTS") if host != "*"]
    connection = HTTPConnection("127.0.0.1", env.integer("PORT", 8000), timeout=_HEALTH_SECONDS)
    with closing(connection):
        try:
            connection.request("GET", "/api/health", headers={"Host": (hosts or ["localhost"])[0]})
            status = connection.getresponse().status
        except OSError as error:
            sys.exit(f"No answer: {error}")
    sys.stdout.write(f"The server answers {status}.\n")
    return 0 if status == HTTPStatus.OK else 1


def _provision() -> int:
    """Create the roles and databases that the URLs name on the server of DATABASE_ADMIN_URL."""
    from optilearn.embedded.provision import (  # noqa: PLC0415
        ProvisionError,
        provision_from_urls,
        provision_other,
    )

    try:
        admin = env.secret("DATABASE_ADMIN_URL")
        database = provision_from_urls(admin, *(env.secret(name, "") for name in _VARIABLES[:3]))
        if dagster := env.secret("DAGSTER_POSTGRES_URL", ""):
            provision_other(admin, dagster)
    except (ProvisionError, env.SettingError) as error:
        sys.exit(f"Not provisioned: {error}")
    sys.stdout.write(f"Database {database} and its roles are ready.\n")
    return 0


def _services(arguments: list[str]) -> int:
    if arguments[:1] == ["--"]:
        return run_child(arguments[1:])
    for name in _VARIABLES:
        if env.has(name):
            sys.stdout.write(f"export {name}={shlex.quote(env.secret(name))}\n")
    sys.stdout.flush()
    sys.stderr.write("Up until Ctrl-C.\n")
    # sigwait needs the signals blocked; the default would end us before we could leave.
    waited = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, waited)
    signal.sigwait(waited)
    return 0


def _up() -> int:
    """Migrate, then run the Procfile of the current folder with this installation's programs."""
    if not Path("Procfile").exists():
        sys.exit("There is no Procfile here. Run `optilearn up` in the folder that holds it.")
    # Needs no Django, but no other command needs it.
    from optilearn.embedded.parts import Supervisor, check_port, parts_of  # noqa: PLC0415

    port = env.integer("PORT", 8000, minimum=1)
    for number in (port, env.integer("DAGSTER_PORT", 3000, minimum=1)):
        try:
            check_port("127.0.0.1", number)
        except OSError as error:
            sys.exit(f"Port {number} can't be used: {error.strerror}. See PORT and DAGSTER_PORT.")
    env.put("PATH", f"{Path(sys.executable).parent}:{env.text('PATH', '')}")
    env.put_default("DAGSTER_HOME", str(_home() / "dagster"))
    instance = Path(env.text("DAGSTER_HOME"))
    instance.mkdir(parents=True, exist_ok=True)
    shutil.copyfile("dagster.yaml", instance / "dagster.yaml")
    code = run_child([sys.executable, "-m", "optilearn", "migrate", "--verbosity", "0"])
    if code == 0 and not (instance / "schedules").exists():
        # Dagster's programs fail if two create its files at once, so create them first.
        code = run_child([sys.executable, "-m", "dagster", "instance", "info"])
    if code:
        return code
    Supervisor(parts_of(Path("Procfile")), env.everything() | {"PORT": str(port)}).run()
    return 0


def run_child(command: list[str]) -> int:
    """Run a program, pass our signals on to it, and return its exit code."""
    received: list[int] = []

    def note(kind: int, _frame: FrameType | None) -> None:
        if kind != signal.SIGINT or not _has_the_terminal():
            received.append(kind)

    kinds = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {kind: signal.signal(kind, note) for kind in kinds}
    try:
        with subprocess.Popen(command) as child:
            code = _wait(child, received)
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
    return 128 - code if code < 0 else code


def _wait(child: subprocess.Popen[bytes], received: list[int]) -> int:
    """Wait for the child and pass on received signals.

    Waits in short turns: a signal that comes just before a blocking wait begins would not end it.
    """
    while True:
        with suppress(subprocess.TimeoutExpired):
            return child.wait(timeout=_TURN_SECONDS)
        while received:
            child.send_signal(received.pop(0))


def _has_the_terminal() -> bool:
    """Return True if the terminal itself sends Ctrl-C to the child, so that we don't repeat it."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


_ALONE: Mapping[str, Callable[[], int]] = {
    "help": _help,
    "health": _health,
    "provision": _provision,
    "version": _version,
    "--version": _version,
}
"""Commands that need neither services nor Django."""


if __name__ == "__main__":
    main()
