"""What tests of notifications share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from optilearn.assessment.models import Assignment, Submission
from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.valkey import Valkey
from optilearn.demo.opticrm import OptiCrmServer
from optilearn.notifications import services
from optilearn.notifications.delivery import results
from tests.optilearn.notifications.support import NOON, claim, payload, reach
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


@pytest.fixture
def north(twins: Twins) -> Twin:
    """North, with a mail that failed, one that was skipped, and what else belongs to them."""
    twin = twins[0]
    lena, mira = reach(twin, "lena"), reach(twin, "मीरा", email="")
    with tenant_context(twin.id), frozen(NOON):
        services.send(key="ENROLL_WELCOME", to=[lena.pk, mira.pk], data=payload("ENROLL_WELCOME"))
        (claimed,) = claim()
        results.record_failed(
            claimed, results.Failure("refused", "422 Invalid `to` field", "RESEND")
        )
    return twin
