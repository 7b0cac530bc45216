"""The offices of both schools."""

from __future__ import annotations

import pytest

from tests.support.compliance import Office
from tests.support.twins import Twin


@pytest.fixture
def north(twins: tuple[Twin, Twin]) -> Office:
    return Office(twins[0])


@pytest.fixture
def south(twins: tuple[Twin, Twin]) -> Office:
    return Office(twins[1])
