"""The devices that people get pushes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from optilearn.core import clock
from optilearn.core.errors import AppError
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.devices import selectors, services
from optilearn.notifications.models import PushToken
from optilearn.people.services import act_as
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
PATH = "/api/notifications/push-tokens"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def register(twin: Twin, name: str, token: str, platform: str = "ANDROID") -> int:
    principal = twin.principal(name)
    return services.register_device(principal=principal, token=token, platform=platform)[0]


def test_a_device_comes_is_seen_again_and_goes(twins: Twins) -> None:
    north, _ = twins
    token = token_of(north, "lena")
    body = {"token": "fcm-token-0123456789", "platform": "IOS"}
    status, envelope = call("POST", PATH, token=token, body=body)
    assert status == 201
    [device] = envelope["data"]
    assert (device["platform"], device["hint"]) == ("IOS", "456789")
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        status, envelope = call("POST", PATH, token=token, body=body | {"platform": "WEB"})
    assert status == 200
    [again] = envelope["data"]
    assert (again["id"], again["platform"]) == (device["id"], "WEB")
    assert again["lastSeenAt"] > device["lastSeenAt"]
    assert again["createdAt"] == device["createdAt"]
    assert call("GET", PATH, token=token)[1]["data"] == [again]
    assert call("GET", PATH, token=token_of(north, "sven"))[1]["data"] == []
    path = f"{PATH}/{device['id']}"
    assert call("DELETE", path, token=token_of(north, "sven"))[0] == 404
    assert call("DELETE", path, token=token_of(twins[1], "lena"))[0] == 404
    assert call("DELETE", path, token=token) == (200, {"data": {"done": True}, "error": None})
    assert call("DELETE", path, token=token)[0] == 404
    with tenant_context(north.id):
        actions = AuditEntry.objects.filter(action__startswith="device.")
        assert sorted(actions.values_list("action", flat=True)) == [
            "device.forget", "device.register",
        ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [{"token": "", "platform": "WEB"}, {"token": "a" * 4097, "platform": "WEB"},
     {"token": "with space in", "platform": "WEB"}, {"token": "token-1234", "platform": "FAX"},
     {"token": "token-1234"}],
)  # fmt: skip
def test_what_is_no_device(twins: Twins, body: dict[str, str]) -> None:
    assert call("POST", PATH, token=token_of(twins[0], "lena"), body=body)[0] == 400


def test_a_token_moves_to_who_is_signed_in(twins: Twins, django_assert_num_queries: Any) -> None:
    north, south = twins
    with tenant_context(south.id):
        register(south, "lena", "shared-tablet")
    with tenant_context(north.id):
        first = register(north, "lena", "shared-tablet")
        assert register(north, "sven", "shared-tablet") == first
        sven, lena = north.people["sven"].pk, north.people["lena"].pk
        with django_assert_num_queries(1):
            found = selectors.devices_of([sven, lena])
        assert found == {sven: [{"id": first, "token": "shared-tablet", "platform": "ANDROID"}]}
        with django_assert_num_queries(4):  # savepoint, device, surplus, release
            register(north, "sven", "shared-tablet")
    with tenant_context(south.id):
        assert selectors.devices_of([south.people["lena"].pk])


def test_acting_as_somebody_registers_no_device_for_their_pushes(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        acting, _until = act_as(
            principal=north.principal("asha"), person_id=north.people["lena"].pk, reason="Help"
        )
    headers = {"X-Acting-As": acting}
    body = {"token": "the-administrators-own", "platform": "WEB"}
    status, envelope = call("POST", PATH, token=token_of(north, "asha"), body=body, **headers)
    assert (status, envelope["error"]["code"]) == (403, "FORBIDDEN")
    with tenant_context(north.id):
        assert not PushToken.objects.exists()
    assert call("GET", PATH, token=token_of(north, "asha"), **headers)[1]["data"] == []


def test_the_device_unseen_for_longest_makes_room(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        for n in range(22):
            with clock.frozen(NOW + timedelta(days=n)):
                register(north, "lena", f"device-{n:04}")
        with clock.frozen(NOW + timedelta(days=30)):
            register(north, "lena", "device-0002")
            register(north, "sven", "device-of-sven")
            register(north, "lena", "device-0099")
            devices = selectors.devices_of([north.people["lena"].pk])
        tokens = {device["token"] for device in devices[north.people["lena"].pk]}
        assert len(tokens) == 20
        assert {"device-0002", "device-0099", "device-0021"} <= tokens
        assert not {"device-0000", "device-0001", "device-0003"} & tokens
        assert PushToken.objects.count() == 21


def test_the_unseen_get_nothing_and_the_dead_are_removed(
    twins: Twins, django_assert_num_queries: Any
) -> None:
    north, south = twins
    with tenant_context(north.id):
        with clock.frozen(NOW - timedelta(days=270)):
            register(north, "lena", "device-old")
        with clock.frozen(NOW - timedelta(days=269)):
            kept = register(north, "lena", "device-rare")
        with clock.frozen(NOW):
            newer = register(north, "lena", "device-new")
            lena = north.people["lena"].pk
            assert [d["id"] for d in selectors.devices_of([lena])[lena]] == [newer, kept]
    with tenant_context(south.id):
        assert services.remove_tokens([kept]) == 0
        with pytest.raises(AppError):
            services.forget_device(principal=south.principal("lena"), device_id=kept)
    with tenant_context(north.id):
        with django_assert_num_queries(1):
            assert services.remove_tokens([kept, newer, 10**9]) == 2
        assert PushToken.objects.count() == 1
        assert selectors.devices_of([]) == {}


def test_signing_out_everywhere_forgets_the_devices(twins: Twins) -> None:
    north, south = twins
    for twin, name, token in (
        (north, "lena", "fcm-token-of-lena-1"),
        (north, "lena", "fcm-token-of-lena-2"),
        (north, "sven", "fcm-token-of-sven"),
        (south, "lena", "fcm-token-of-lena-1"),
    ):
        body = {"token": token, "platform": "ANDROID"}
        assert call("POST", PATH, token=token_of(twin, name), body=body)[0] == 201
    path = f"/api/people/{north.people['lena'].pk}/sessions"
    assert call("DELETE", path, token=token_of(north, "asha"))[0] == 200
    with tenant_context(north.id):
        assert [one.person_id for one in PushToken.objects.all()] == [north.people["sven"].pk]
    with tenant_context(south.id):
        assert PushToken.objects.count() == 1
