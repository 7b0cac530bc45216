"""What tests of notifications share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from optilearn.assessment.models import Assignment, Submission
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.valkey import Valkey
from optilearn.demo.opticrm import OptiCrmServer
from tests.support.opticrm import opticrm_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


@pytest.fixture
def crm(twins: Twins, server: Valkey) -> Iterator[OptiCrmServer]:
    with opticrm_of(*twins) as opened:
        yield opened


@pytest.fixture
def quiet_twins(twins: Twins) -> Twins:
    """The twins without the work that they come with."""
    for twin in twins:
        with tenant_context(twin.id):
            Submission.objects.all().delete()
            Assignment.objects.all().delete()
    return twins
