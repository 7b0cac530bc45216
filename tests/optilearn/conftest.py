"""A Valkey for what these tests keep, empty of our keys at the start of each; no refusals kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from optilearn.core.access.refusals import refusals
from optilearn.core.valkey import Valkey


@pytest.fixture(scope="session")
def _server() -> Iterator[Valkey]:
    from optilearn.core.valkey import valkey
    from tests.support.services import redis_url
    from tests.support.settings import set_for_the_run

    # A busy machine is not a server that is down.
    set_for_the_run(REDIS_URL=redis_url(), VALKEY_TIMEOUT_SECONDS=5.0)
    yield valkey()
    valkey().close()


@pytest.fixture(autouse=True)
def server(_server: Valkey) -> Valkey:
    """The Valkey of the run, which holds nothing of ours yet."""
    found = _server.call("KEYS", "optilearn:*")
    if found:
        _server.call("DEL", *found)
    return _server


@pytest.fixture(autouse=True)
def _unrefused() -> None:
    """Wrong tokens of the tests before don't count against this one."""
    refusals._of.clear()
