"""Which addresses are written to, and who may say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from optilearn.core.access.policies import ADMINS
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.addresses import services as addresses
from optilearn.notifications.addresses.schemas import AddressQuery
from optilearn.notifications.addresses.selectors import suppressed_addresses
from optilearn.notifications.models import AddressState
from optilearn.notifications.policy import NotificationPolicy
from tests.optilearn.notifications.support import suppressed
from tests.support.client import call, token_of
from tests.support.twins import PEOPLE, Twin

Twins = tuple[Twin, Twin]
POLICY = NotificationPolicy.model_validate({"softBounces": 3, "softBounceDays": 30})
DAY = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def north(twins: Twins) -> Iterator[Twin]:
    with tenant_context(twins[0].id):
        yield twins[0]


def bounce(day: date, address: str = "lena@example.test") -> None:
    addresses.soft_bounce(address, day, POLICY, "450 Later")


def state(address: str = "lena@example.test") -> AddressState:
    return AddressState.objects.get(address=address)


def test_letters_case_makes_no_other_address(twins: Twins) -> None:
    addresses.suppress("Lena@Example.test", "permanent_bounce", "550")
    addresses.suppress("lena@example.TEST", "permanent_bounce", "550")
    bounce(DAY, "tom@example.test")
    asked = ("lena@example.test", "tom@example.test", "new@example.test")
    assert suppressed(*asked) == {"lena@example.test": "permanent_bounce"}


def test_another_institution_knows_nothing_of_it(twins: Twins) -> None:
    addresses.suppress("lena@example.test", "complaint")
    with tenant_context(twins[1].id):
        assert suppressed("lena@example.test") == {}


def test_what_is_worse_stays() -> None:
    addresses.suppress("lena@example.test", "complaint", "spam")
    first = state().suppressed_at
    addresses.suppress("lena@example.test", "permanent_bounce", "550")
    assert (state().reason, state().detail, state().suppressed_at) == ("complaint", "spam", first)
    addresses.suppress("pia@example.test", "permanent_bounce", "550")
    addresses.suppress("pia@example.test", "complaint", "spam")
    assert state("pia@example.test").reason == "complaint"
    addresses.suppress("", "complaint")
    assert AddressState.objects.count() == 2


def test_three_days_with_a_soft_bounce_within_thirty() -> None:
    for _ in range(5):  # a busy day counts once
        bounce(DAY)
    bounce(DAY + timedelta(days=1))
    assert state().suppressed_at is None
    bounce(DAY + timedelta(days=29))
    assert (state().reason, state().detail) == ("soft_bounces", "450 Later")
    assert suppressed("lena@example.test") == {"lena@example.test": "soft_bounces"}


def test_soft_bounces_long_ago_are_forgotten() -> None:
    for days in (0, 20, 30, 51):
        bounce(DAY + timedelta(days=days))
        assert state().suppressed_at is None
    assert state().soft_bounced_on == [DAY + timedelta(days=30), DAY + timedelta(days=51)]
    bounce(DAY + timedelta(days=40))  # reported late, and counted where it belongs
    assert state().suppressed_at is not None


def test_administrators_see_and_lift_them(north: Twin) -> None:
    for name in ("lena", "pia", "tom"):
        addresses.suppress(f"{name}@example.test", "permanent_bounce", "550 5.1.1")
    addresses.suppress("uma@example.test", "complaint")
    bounce(DAY, "sven@example.test")
    token = token_of(north, "asha")
    status, body = call("GET", "/api/notifications/addresses?perPage=3", token=token)
    assert status == 200
    assert body["meta"]["total"] == 4
    assert [row["address"] for row in body["data"]] == [
        "uma@example.test",
        "tom@example.test",
        "pia@example.test",
    ]
    asked = "/api/notifications/addresses?q=LENA&reason=permanent_bounce"
    (row,) = call("GET", asked, token=token)[1]["data"]
    assert (row["reason"], row["detail"]) == ("permanent_bounce", "550 5.1.1")
    where = f"/api/notifications/addresses/{row['id']}"
    assert call("DELETE", where, token=token)[1]["data"] == {"done": True}
    assert suppressed("lena@example.test") == {}
    assert call("DELETE", where, token=token)[0] == 404
    entry = AuditEntry.objects.get(action="notifications.address_lifted")
    assert entry.target == f"address:{row['id']}"
    assert entry.details == {"reason": "permanent_bounce"}


def test_a_lifted_address_starts_anew(north: Twin) -> None:
    for days in range(3):
        bounce(DAY + timedelta(days=days))
    addresses.lift_suppression(principal=north.principal("asha"), address_id=state().pk)
    for days in (3, 4):
        bounce(DAY + timedelta(days=days))
        assert state().suppressed_at is None


@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_nobody_else_does(north: Twin, name: str) -> None:
    addresses.suppress("lena@example.test", "complaint")
    principal = north.principal(name)
    if Role(north.people[name].role) in ADMINS:
        assert suppressed_addresses(principal, AddressQuery.model_validate({}))[1] == 1
        addresses.lift_suppression(principal=principal, address_id=state().pk)
        assert state().suppressed_at is None
        return
    with pytest.raises(AppError):
        suppressed_addresses(principal, AddressQuery.model_validate({}))
    with pytest.raises(AppError):
        addresses.lift_suppression(principal=principal, address_id=state().pk)
    assert state().suppressed_at is not None


def test_another_institutions_address_is_not_there(north: Twin, twins: Twins) -> None:
    addresses.suppress("lena@example.test", "complaint")
    token = token_of(twins[1], "asha")
    assert call("DELETE", f"/api/notifications/addresses/{state().pk}", token=token)[0] == 404
    assert call("GET", "/api/notifications/addresses", token=token)[1]["data"] == []
