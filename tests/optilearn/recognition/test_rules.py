"""The rules in SQL and in Python are the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from optilearn.core.sql import rows
from optilearn.core.tenancy.context import tenant_context
from optilearn.recognition.certificates.rules import State, in_state, state_at, state_on
from optilearn.recognition.models import Certificate
from tests.support.certificates import MARCH, certified
from tests.support.twins import Twin


@pytest.mark.parametrize("revoked", [None, MARCH])
@pytest.mark.parametrize("expires", [None, 0, 1, -1])
def test_the_state(twins: tuple[Twin, Twin], revoked: object, expires: int | None) -> None:
    found = certified(twins[0])
    expires_at = None if expires is None else MARCH + timedelta(seconds=expires)
    with tenant_context(twins[0].id):
        Certificate.objects.update(revoked_at=revoked, expires_at=expires_at)
        found.refresh_from_db()
        said = state_on(found.revoked_at, found.expires_at, MARCH)
        by_sql = rows(
            f"SELECT {state_at('k')} AS state FROM recognition_certificate k", {"now": MARCH}
        )
        assert by_sql == [{"state": said}]
        matching = [
            state.value
            for state in State
            if Certificate.objects.filter(in_state(state, MARCH)).exists()
        ]
    assert matching == [said]
