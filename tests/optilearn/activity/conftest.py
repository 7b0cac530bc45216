"""North of the twins, at noon."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.people.models import Person
from tests.support.twins import Twin
from tests.support.xapi import NOON


@pytest.fixture
def north(twins: tuple[Twin, Twin]) -> Iterator[Twin]:
    with tenant_context(twins[0].id), clock.frozen(NOON):
        Person.objects.filter(code="lena").update(email="Lena@north.example")
        yield twins[0]
