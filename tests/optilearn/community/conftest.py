"""The school of the community's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from optilearn.core.valkey import Valkey
from optilearn.demo.opticrm import OptiCrmServer
from tests.support.community import School
from tests.support.opticrm import opticrm_of
from tests.support.twins import Twin


@pytest.fixture
def school(twins: tuple[Twin, Twin]) -> School:
    return School(twins[0])


@pytest.fixture
def crm(twins: tuple[Twin, Twin], server: Valkey) -> Iterator[OptiCrmServer]:
    with opticrm_of(*twins) as opened:
        yield opened
