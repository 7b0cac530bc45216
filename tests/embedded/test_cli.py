"""The console script: services when they are needed, codes and signals handed through."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.embedded.support import ROOT, eventually, server_processes
from tests.support.services import Database, admin_url, fresh_database, redis_url

pytestmark = pytest.mark.slow

VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ETL_URL", "REDIS_URL")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    eventually(lambda: not server_processes(tmp_path / "home"))


def environment(home: Path, **more: str) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    return {**inherited, "OPTILEARN_HOME": str(home), "PYTHONPATH": str(ROOT / "platform"), **more}


def optilearn(home: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "optilearn", *arguments],
        env=environment(home, **more),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def run_inside(code: str) -> tuple[str, ...]:
    return ("services", "--", sys.executable, "-c", code)


def test_a_command_finds_the_services_and_its_code_comes_back(home: Path) -> None:
    done = optilearn(
        home,
        *run_inside(
            "import os, psycopg, redis\n"
            "for name in ('DATABASE_URL', 'DATABASE_OWNER_URL', 'DATABASE_ETL_URL'):\n"
            "    print(psycopg.connect(os.environ[name]).execute('SELECT current_user')"
            ".fetchone()[0])\n"
            "print(redis.Redis.from_url(os.environ['REDIS_URL']).ping())\n"
            "raise SystemExit(7)"
        ),
    )
    assert done.stdout.split() == ["optilearn_app", "optilearn_owner", "optilearn_etl", "True"]
    assert done.returncode == 7
    assert not server_processes(home)


def test_a_command_in_a_command_starts_no_second_set(home: Path) -> None:
    inner = "[sys.executable, '-m', 'optilearn', 'services', '--', 'printenv', 'DATABASE_URL']"
    done = optilearn(
        home,
        *run_inside(
            "import os, subprocess, sys\n"
            "os.environ['OPTILEARN_HOME'] = os.environ['OPTILEARN_HOME'] + '/other'\n"
            f"assert subprocess.check_output({inner}, text=True).strip()"
            " == os.environ['DATABASE_URL']\n"
            "assert not os.path.exists(os.environ['OPTILEARN_HOME'])"
        ),
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_started_when_the_urls_are_set(home: Path) -> None:
    with fresh_database("cli") as database:
        done = optilearn(
            home,
            *run_inside("import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"),
            REDIS_URL=redis_url(),
            **database.environment(),
        )
        assert done.stdout.split() == [database.urls.app, redis_url()]
    assert not home.exists()


def test_only_what_is_missing_is_started(home: Path) -> None:
    done = optilearn(home, *run_inside("pass"), REDIS_URL=redis_url())
    assert done.returncode == 0
    assert sorted(path.name for path in home.iterdir()) == ["postgres"]


def test_half_a_set_of_urls_is_refused(home: Path) -> None:
    done = optilearn(home, *run_inside("pass"), DATABASE_ETL_URL="postgresql:///x")
    assert done.returncode == 1
    assert "DATABASE_URL is not" in done.stderr
    assert not home.exists()


@pytest.mark.parametrize(
    "arguments", [("version",), ("--version",), ("help",), ("--help",), ("migrate", "--help")]
)
def test_what_needs_no_services_starts_none(home: Path, arguments: tuple[str, ...]) -> None:
    done = optilearn(home, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
    assert not home.exists()


def test_an_unknown_command_fails(home: Path) -> None:
    done = optilearn(home, "nosuchcommand")
    assert done.returncode == 1
    assert "Unknown command" in done.stderr


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_services_stay_up_until_they_are_told(home: Path, kind: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "optilearn", "services"],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        exported = [process.stdout.readline() for _ in VARIABLES]
        assert [line.split("=")[0] for line in exported] == [f"export {v}" for v in VARIABLES]
        url = exported[0].partition("=")[2].strip().strip("'")
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        process.send_signal(kind)
        assert process.wait(timeout=60) == 0
    assert not server_processes(home)


def test_a_signal_reaches_the_child_and_ends_all(home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "optilearn", *run_inside("print(1, flush=True); input()")],
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert not server_processes(home)


def test_provision_reads_the_urls(home: Path) -> None:
    with fresh_database("cli") as database:
        done = optilearn(home, "provision", DATABASE_ADMIN_URL=admin_url(), **urls(database))
        assert done.stdout == f"Database {database.name} and its roles are ready.\n"
    assert not home.exists()


def test_provision_says_what_is_missing(home: Path) -> None:
    done = optilearn(home, "provision", DATABASE_ADMIN_URL="")
    assert done.returncode == 1
    assert "DATABASE_ADMIN_URL is not set" in done.stderr


def test_a_secret_may_stand_in_a_file(home: Path, tmp_path: Path) -> None:
    with fresh_database("cli") as database:
        file = tmp_path / "admin-url"
        file.write_text(f"{admin_url()}\n")
        more = {"DATABASE_ADMIN_URL": "", "DATABASE_ADMIN_URL_FILE": str(file)}
        done = optilearn(home, "provision", **urls(database), **more)
        assert done.returncode == 0, done.stderr


def urls(database: Database) -> dict[str, str]:
    return database.environment()
