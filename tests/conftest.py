"""Django on a real database, as the role that serves: row-level security is in force.

Imports of Django stand inside the fixtures, so that the pure suites start without it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from tests.support.twins import Twin

# Tests start hundreds of processes of the product. What those compile is kept for the next ones,
# beside the installed packages: nothing is written into the repository's folders.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.setdefault("PYTHONPYCACHEPREFIX", str(Path(sys.prefix) / "pycache"))

# A busy machine fails no test: how long a draw takes says nothing about the product.
hypothesis_settings.register_profile("busy", suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("busy")


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_found_when_asked_for() -> None:
    """Each test client loads the middleware anew, which would list all static files each time."""
    from tests.support.settings import set_for_the_run

    set_for_the_run(WHITENOISE_AUTOREFRESH=True)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """One migrated database for the run, with the twins and a snapshot of each.

    Each test works in a transaction on top of it, which is rolled back.
    """
    from django.db import connections

    from optilearn.config import env
    from tests.support.database import migrated_database
    from tests.support.settings import set_for_the_run
    from tests.support.snapshots import take_snapshots
    from tests.support.twins import make_twins

    with migrated_database("django") as database:
        for alias, url in (("default", database.urls.app), ("owner", database.urls.owner)):
            connections[alias].settings_dict.update(
                env.database(url, engine="optilearn.core.tenancy.backend")
            )
        with django_db_blocker.unblock():
            make_twins()
            store = tmp_path_factory.mktemp("snapshots")
            set_for_the_run(SNAPSHOT_URL=store.as_uri())
            set_for_the_run(RATE_LIMIT=0, RATE_LIMIT_ANONYMOUS=0)  # tests ask in a hurry
            take_snapshots(database, store)
        yield
        for connection in connections.all(initialized_only=True):
            connection.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, the long ones come first.

    Otherwise one process may be left with them at the end, or both set up what they share.
    """
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    """What a process remembers of institutions belongs to one test's transaction.

    And wrong tokens of one test are not those of the next, from the same address in one minute,
    nor is the language of its last request.
    """
    if selectors := sys.modules.get("optilearn.institutions.selectors"):
        selectors.forget_known()
        selectors._KNOWN_SECONDS = 3_600  # on a slow machine too a request costs the same
    if door := sys.modules.get("optilearn.core.access.refusals"):
        door.refusals._of.clear()
    if languages := sys.modules.get("django.utils.translation.trans_real"):
        languages.deactivate()


@pytest.fixture
def twins(db: None) -> tuple[Twin, Twin]:
    """North and South: two institutions of the same shape, without requests of other tests."""
    from optilearn.analytics.snapshot_requests import _key
    from optilearn.core.valkey import ValkeyDownError, _open, valkey
    from tests.support.twins import find_twins

    found = find_twins()
    if _open.cache_info().currsize:  # no transaction takes back what is in Valkey
        with suppress(ValkeyDownError):
            valkey().call("DEL", *(_key(twin.id) for twin in found))
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what this machine couldn't try."""
    left_out = [
        report.longrepr[2]
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and "NOT TRIED" in report.longrepr[2]
    ]
    if left_out:
        terminalreporter.section("NOT TRIED on this machine", red=True, bold=True)
        for reason in sorted(set(left_out)):
            terminalreporter.line(f"{left_out.count(reason)} x {reason}")
