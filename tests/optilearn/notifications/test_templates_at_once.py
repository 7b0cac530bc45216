"""Templates, preferences and devices written at the same time, in committed transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.devices.services import MAX_DEVICES, register_device
from optilearn.notifications.models import MessageTemplate, Preference, PushToken
from optilearn.notifications.preferences.schemas import PreferencesIn
from optilearn.notifications.preferences.services import change_preferences
from optilearn.notifications.templating import services
from optilearn.notifications.templating.template_keys import TemplateKey
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

PLACE = TemplateKey.of("ASSESS_GRADED", "PUSH", "hi")


@pytest.fixture(scope="module")
def north(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    """An institution in a database of its own, where nothing is rolled back."""
    with committed_twins("wording", django_db_blocker) as twins:
        yield twins[0]


def test_each_save_is_a_version_and_one_is_in_force(north: Twin) -> None:
    def saving(number: int) -> Callable[[], int]:
        return lambda: services.save_template(
            principal=north.principal("asha"), template_key=PLACE, title=f"T {number}", body="b"
        )

    versions = at_once(north, [saving(number) for number in range(8)])
    assert sorted(versions) == list(range(1, 9))
    with tenant_context(north.id):
        active = MessageTemplate.objects.filter(is_active=True).values_list("version", flat=True)
        assert list(active) == [8]


def test_changes_to_different_columns_all_stay(north: Twin) -> None:
    names = ["email", "push", "inApp"]
    keys = ["DISCUSSION_REPLY", "MESSAGE_RECEIVED"]

    def changing(name: str, order: list[str]) -> Callable[[], None]:
        wanted = [{"key": key, "channels": {name: False}} for key in order]
        change = PreferencesIn.model_validate({"keys": wanted, "digest": {"hour": 5}})
        return lambda: change_preferences(principal=north.principal("lena"), change=change)

    jobs = [changing(name, order) for name in names for order in (keys, keys[::-1])]
    assert at_once(north, jobs) == [None] * 6
    with tenant_context(north.id):
        rows = Preference.objects.values_list("key", "email", "push", "in_app").order_by("key")
        assert list(rows) == [(key, False, False, False) for key in keys]


def test_one_token_stays_one_and_a_persons_devices_are_limited(north: Twin) -> None:
    def registering(name: str, token: str) -> Callable[[], int]:
        principal = north.principal(name)
        return lambda: register_device(principal=principal, token=token, platform="WEB")[0]

    same = at_once(north, [registering(name, "same-token") for name in ("lena", "sven") * 4])
    assert len(set(same)) == 1
    at_once(north, [registering("lena", f"token-{n:03}") for n in range(24)])
    with tenant_context(north.id):
        register_device(principal=north.principal("lena"), token="token-last", platform="WEB")
        lena = PushToken.objects.filter(person_id=north.people["lena"].pk)
        assert lena.count() == MAX_DEVICES
        assert lena.filter(token="token-last").exists()
