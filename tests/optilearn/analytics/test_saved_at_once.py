"""Saves at the same time, in transactions that are really committed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from optilearn.analytics.models import Favorite, SavedItem, SavedVersion
from optilearn.analytics.saved.content import Content
from optilearn.analytics.saved.services import Save, create_item, save_item, set_favorite
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.analytics.saving import DEFINITION
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

REPORT = SavedItem.Kind.REPORT


@pytest.fixture(scope="module")
def north(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    """An institution in a database of its own, where nothing is rolled back."""
    with committed_twins("saved", django_db_blocker) as twins:
        yield twins[0]


def content(name: str) -> Content:
    return Content(name, body={"definition": DEFINITION, "readerFilters": []})


def test_of_saves_at_the_same_time_one_wins(north: Twin) -> None:
    tom = north.principal("tom")
    with tenant_context(north.id):
        item = create_item(principal=tom, kind=REPORT, content=content("First"))

    def save(name: str) -> int:
        return save_item(
            principal=tom, item_id=item, kind=REPORT, content=content(name), save=Save(1)
        )

    answers = at_once(north, [lambda n=n: save(f"Save {n}") for n in range(4)])  # type: ignore[misc]
    refused = [answer for answer in answers if isinstance(answer, AppError)]
    assert [error.code for error in refused] == [ErrorCode.CONFLICT] * 3
    assert [answer for answer in answers if answer not in refused] == [2]
    with tenant_context(north.id):
        numbers = SavedVersion.objects.filter(item_id=item).values_list("number", flat=True)
        assert sorted(numbers) == [1, 2]


def test_a_favorite_is_kept_once(north: Twin) -> None:
    tom = north.principal("tom")
    with tenant_context(north.id):
        item = create_item(principal=tom, kind=REPORT, content=content("Liked"))
    keep = [lambda: set_favorite(principal=tom, item_id=item, is_favorite=True)] * 4
    assert at_once(north, keep) == [None] * 4
    with tenant_context(north.id):
        assert Favorite.objects.filter(item_id=item).count() == 1
