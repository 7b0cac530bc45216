"""A command imports what it needs, when it needs it, so that it starts quickly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from optilearn import cli

pytestmark = pytest.mark.slow

APPS = Path(cli.__file__).parent


def imported_by(*arguments: str) -> set[str]:
    """Return the modules that a Python program imports, by the interpreter's own report."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], capture_output=True, text=True, check=True
    )
    lines = (line for line in run.stderr.splitlines() if line.startswith("import time:"))
    return {line.rsplit("|", 1)[1].strip() for line in lines}


def test_help_needs_no_django() -> None:
    assert not {m for m in imported_by("-m", "optilearn", "--help") if m.startswith("django")}


def test_help_lists_every_command_of_ours() -> None:
    commands = {p.stem for p in APPS.glob("*/management/commands/[!_]*.py")}
    listed = {
        line.split()[0]
        for line in cli._USAGE.splitlines()
        if line.startswith("  ") and line[2] != " "
    }
    assert commands < listed
    assert set(cli._ALONE) - {"--version", "help"} < listed


def test_report_reads_its_arguments_without_the_apps() -> None:
    modules = imported_by("-m", "optilearn", "report", "--help")
    assert "reports.api" in modules
    assert not modules & {"django.db.models", "psycopg", "ninja", "polars", "pyarrow"}


@pytest.mark.parametrize("package", ["ninja", "celery", "redis", "boto3", "httpx", "joserfc"])
def test_apps_load_without_what_only_requests_or_workers_need(package: str) -> None:
    program = (
        "import os, django;"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'optilearn.config.settings'; django.setup()"
    )
    assert package not in imported_by("-c", program)
