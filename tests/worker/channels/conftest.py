"""How long the senders wait."""

from __future__ import annotations

import pytest


@pytest.fixture
def timeout(request: pytest.FixtureRequest) -> float:
    """Seconds: few where a server hangs on purpose, else more than a busy machine needs."""
    return 0.5 if "hang" in request.node.name else 10
