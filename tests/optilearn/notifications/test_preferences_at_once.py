"""Changes of one person's preferences at the same time: all are made, none fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.links import unsubscribe_url
from optilearn.notifications.models import Preference
from optilearn.notifications.preferences import services
from optilearn.notifications.preferences.schemas import PreferencesIn
from optilearn.notifications.unsubscribing.services import subscription_of, unsubscribe
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture(scope="module")
def north(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    """North, in a database of its own where nothing is rolled back."""
    with committed_twins("preferences", django_db_blocker) as twins:
        yield twins[0]


def test_unsubscribing_and_choosing_do_not_stop_each_other(north: Twin) -> None:
    lena = north.principal("lena")

    def change(**wanted: Any) -> Callable[[], None]:
        category = PreferencesIn.model_validate(
            {"categories": [{"category": "DEADLINES"} | wanted]}
        )
        return lambda: services.change_preferences(principal=lena, change=category)

    def leave(key: str) -> Callable[[], None]:
        token = unsubscribe_url(north.id, lena.person_id, key).rpartition("/")[2]
        found = subscription_of(token)
        assert found is not None
        return lambda: unsubscribe(found, whole_category=True)

    jobs = [
        change(frequency="DAILY"),
        leave("LESSON_NEW_CONTENT"),
        change(channels={"push": False}),
        leave("LESSON_ASSIGNMENT_OVERDUE"),
    ]
    for _ in range(15):
        with tenant_context(north.id):
            Preference.objects.all().delete()
        assert at_once(north, jobs) == [None] * 4
    with tenant_context(north.id):
        rows = set(Preference.objects.values_list("email", "push", "frequency"))
        assert rows == {(False, False, "DAILY")}
