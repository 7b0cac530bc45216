"""Two Jibris, and the studio of each twin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.jibri import JibriServer
from tests.support.live_classes import Classroom
from tests.support.recordings import Studio, recorders


@pytest.fixture
def jibris(settings: Any, tmp_path: Path) -> Iterator[tuple[JibriServer, JibriServer]]:
    with JibriServer() as first, JibriServer() as second:
        for name, value in recorders([first, second]).items():
            setattr(settings, name, value)
        settings.FILES_URL = (tmp_path / "files").as_uri()
        yield first, second


@pytest.fixture
def studio(north: Classroom) -> Studio:
    return Studio(north)


@pytest.fixture
def other(south: Classroom) -> Studio:
    return Studio(south)
