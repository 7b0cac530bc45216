"""Why somebody acted as a person is kept without the person."""

from __future__ import annotations

import json

from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.people.models import Person
from tests.support.client import call, token_of
from tests.support.twins import Twin

REASON = "Lena Rao (S-104, lena@north.example) can't open her lesson; LENA called."


def test_a_new_one(twins: tuple[Twin, Twin]) -> None:
    north, _ = twins
    with tenant_context(north.id):
        lena = north.people["lena"].pk
        Person.objects.filter(pk=lena).update(
            name="Lena Rao", code="S-104", email="lena@north.example"
        )
        body = {"personId": lena, "reason": REASON}
        status, _ = call("POST", "/api/acting", token=token_of(north, "asha"), body=body)
        assert status == 201
        [entry] = AuditEntry.objects.filter(action="acting.begin")
        assert "lena" not in json.dumps([entry.details, entry.target]).lower()
        assert entry.target == f"person:{lena}"
        assert entry.details["reason"] == "… (…, …) can't open her lesson; … called."
