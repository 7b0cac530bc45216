"""The twins on a real server, with snapshots: for clients that aren't ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from tests.support.at_once import working_on
from tests.support.client import token_of
from tests.support.database import migrated_database
from tests.support.server import serving
from tests.support.snapshots import take_snapshots
from tests.support.twins import Twin, make_twins

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker


class LiveSchool:
    """A twin, and the address of the server that has it."""

    def __init__(self, twin: Twin, port: int) -> None:
        self.twin = twin
        self.url = f"http://127.0.0.1:{port}"

    def token(self, name: str) -> str:
        """A session token of that person."""
        return token_of(self.twin, name)


@contextmanager
def live_twins(
    blocker: DjangoDbBlocker, home: Path, purpose: str
) -> Iterator[tuple[LiveSchool, LiveSchool]]:
    """North and South on one server, until the block ends."""
    before = settings.SNAPSHOT_URL
    with migrated_database(purpose) as database, working_on(database, blocker):
        settings.SNAPSHOT_URL = (home / "snapshots").as_uri()
        try:
            north, south = make_twins()
            take_snapshots(database, home / "snapshots")
            with serving(database, home) as port:
                yield LiveSchool(north, port), LiveSchool(south, port)
        finally:
            settings.SNAPSHOT_URL = before
