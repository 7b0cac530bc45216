"""How often a provider is asked, over all processes together."""

from __future__ import annotations

import pytest

from optilearn.core.rate_limit import acquire, pause
from optilearn.core.valkey import Valkey


@pytest.fixture
def provider(server: Valkey, request: pytest.FixtureRequest) -> str:
    return request.node.name


def test_turns_keep_their_distance_after_a_burst(provider: str) -> None:
    waits = [acquire(provider, 10) for _ in range(4)]
    assert waits[0] == 0
    assert 0 < waits[-1] <= 0.1


def test_a_pause_holds_for_everybody_and_a_shorter_one_does_not_end_it(provider: str) -> None:
    pause(provider, 60)
    pause(provider, 1)
    assert 50 < acquire(provider, 10) <= 60
    pause(provider, 120)
    assert 100 < acquire(provider, 10) <= 120
    assert acquire(f"{provider}-other", 10) == 0
