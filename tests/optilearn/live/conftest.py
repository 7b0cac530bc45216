"""The classroom of North, and a video server's settings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.live_classes import JITSI, Classroom
from tests.support.twins import Twin


@pytest.fixture
def north(twins: tuple[Twin, Twin]) -> Classroom:
    return Classroom(twins[0])


@pytest.fixture
def south(twins: tuple[Twin, Twin]) -> Classroom:
    return Classroom(twins[1])


@pytest.fixture
def jitsi(settings: Any) -> None:
    for name, value in JITSI.items():
        setattr(settings, name, value)
