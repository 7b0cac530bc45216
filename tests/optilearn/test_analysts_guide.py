"""docs/analysts.md is carried out against a real server: its Python and SQL work as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.database import ROOT
from tests.support.live import LiveSchool, live_twins

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

pytestmark = pytest.mark.slow
GUIDE = (ROOT / "docs" / "analysts.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def school(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveSchool]:
    with live_twins(django_db_blocker, tmp_path_factory.mktemp("home"), "guide") as (north, _):
        yield north


@pytest.fixture(scope="module")
def token(school: LiveSchool) -> str:
    """An API token as the guide asks for it, of an analyst's administrator."""
    made = httpx.post(
        f"{school.url}/api/v1/api-tokens",
        json={"name": "Notebook", "scopes": ["analytics:write", "files:read"]},
        headers={"Authorization": f"Bearer {school.token('asha')}"},
        timeout=60,
    )
    assert made.status_code == 201, made.text
    return str(made.json()["data"]["token"])


def test_the_python_of_the_guide_runs(school: LiveSchool, token: str, tmp_path: Path) -> None:
    """All of it in one process, in its order, as in a notebook; the last lines show what it has."""
    code = "\n".join([*blocks("python"), "print(len(weekly), weekly['clicks'].sum())"])
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", code],
        cwd=tmp_path,
        env=dict(os.environ) | {"OPTILEARN_URL": school.url, "OPTILEARN_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "MATH" in done.stdout
    assert done.stdout.splitlines()[-1] == "1 14"
    (copy,) = tmp_path.glob("north-*.duckdb")
    assert copy.stat().st_size


@pytest.mark.parametrize("sql", blocks("sql"))
def test_the_sql_of_the_guide_runs(school: LiveSchool, token: str, sql: str) -> None:
    answer = httpx.post(
        f"{school.url}/api/v1/analytics/sql/run",
        json={"sql": sql},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text


def test_an_interrupted_download_goes_on(school: LiveSchool, token: str) -> None:
    with httpx.Client(
        base_url=f"{school.url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60
    ) as client:
        made = client.post("/analytics/snapshots/newest/download?format=parquet").json()["data"]
        address = client.get(f"/files/{made['fileId']}/url").json()["data"]["url"]
    whole = httpx.get(address).content
    first = httpx.get(address, headers={"Range": "bytes=0-99"})
    rest = httpx.get(address, headers={"Range": "bytes=100-"})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.content + rest.content == whole
    assert len(whole) == made["sizeBytes"]
