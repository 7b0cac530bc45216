"""The twins on a real server, and one Chromium, for all tests of pages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser

from tests.browser.saved_items import Api, SavedItems, save_items
from tests.support.browser import Watched, a_browser, at_browser, chromium
from tests.support.database import environment
from tests.support.services import redis_url

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from tests.support.services import Database

Open = Callable[..., Watched]
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class School:
    """A twin as a browser sees it: an address, and a session token for each name."""

    url: str
    tokens: dict[str, str]
    database: Database
    home: Path

    def work(self) -> None:
        """Do the schedules and alerts that are due, as Dagster does twice a minute."""
        command = [sys.executable, "-m", "optilearn", "work"]
        env = environment(self.database) | {
            "REDIS_URL": redis_url(),
            "OPTILEARN_HOME": str(self.home),
        }
        subprocess.run(command, env=env, cwd=ROOT, check=True, timeout=300)


@pytest.fixture(scope="session")
def schools(
    django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[School, School]]:
    """North and South, served until the run ends, beside the database of the other tests."""
    from tests.support.at_once import working_on
    from tests.support.client import token_of
    from tests.support.database import migrated_database
    from tests.support.server import serving
    from tests.support.snapshots import take_snapshots
    from tests.support.twins import PEOPLE, make_twins

    chromium()
    home = tmp_path_factory.mktemp("pages")
    with migrated_database("pages") as database:
        with working_on(database, django_db_blocker):
            twins = make_twins()
            take_snapshots(database, home / "snapshots")
            tokens = [{name: token_of(twin, name) for name in PEOPLE} for twin in twins]
        with serving(database, home) as port:
            url = f"http://127.0.0.1:{port}"
            north, south = (School(url, names, database, home) for names in tokens)
            yield north, south


@pytest.fixture(scope="session")
def saved(schools: tuple[School, School]) -> SavedItems:
    """Asha's report, dashboard, query, schedule and alert."""
    with Api(schools[0].url, schools[0].tokens["asha"]) as api:
        return save_items(api)


@pytest.fixture(scope="module")
def browser(schools: tuple[School, School]) -> Iterator[Browser]:
    """One for a module's tests; each has a context of its own.

    While Playwright is there, an event loop runs in this thread, so Django refuses to work in it:
    the schools are made before, and other modules' tests come after it has gone.
    """
    with a_browser() as found:
        yield found


@pytest.fixture
def at(browser: Browser, schools: tuple[School, School]) -> Iterator[Open]:
    """``at("meera", width=390)``: a page of North that she is signed in at."""
    with ExitStack() as stack:

        def opened(name: str | None = "asha", *, south: bool = False, **options: Any) -> Watched:
            school = schools[1 if south else 0]
            token = school.tokens[name] if name else None
            return stack.enter_context(at_browser(browser, school.url, token, **options))

        yield opened
