from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from optilearn.core.valkey import Valkey
from optilearn.crm.cache import CrmCache
from optilearn.crm.client import CrmSettings, OptiCrm
from optilearn.demo.opticrm import OptiCrmServer
from optilearn.demo.opticrm.server import API_KEY
from tests.optilearn.crm.asking import Clock, Maker, school
from tests.support.opticrm import opticrm_of
from tests.support.twins import Twin


@pytest.fixture
def crm(twins: tuple[Twin, Twin], server: Valkey) -> Iterator[OptiCrmServer]:
    """Both twins' OptiCRM, up and well."""
    with opticrm_of(*twins) as opened:
        yield opened


@pytest.fixture
def small() -> Iterator[OptiCrmServer]:
    with OptiCrmServer({name: school(name) for name in ("north", "south")}) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(small: OptiCrmServer, server: Valkey, clock: Clock) -> Iterator[Maker]:
    made: list[OptiCrm] = []

    def making(**facts: Any) -> OptiCrm:
        given: dict[str, Any] = {
            "url": small.url,
            "api_key": API_KEY,
            "connect": 5.0,
            "read": 5.0,
            "total": 10.0,
            "first_pause": 0.001,
        }
        made.append(OptiCrm(CrmSettings(**(given | facts)), CrmCache(server), clock))
        return made[-1]

    yield making
    for client in made:
        client.close()
