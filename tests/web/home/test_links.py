"""Links of messages lead to pages: to their own, or to the nearest one until it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import resolve

from optilearn.core.access.roles import Role
from optilearn.notifications.definitions import Definition
from optilearn.notifications.registry import REGISTRY
from optilearn.notifications.registry.digest import DIGEST
from optilearn.notifications.rendering.layout import PREFERENCES
from optilearn.web.error_views import not_found
from optilearn.web.home.stand_ins import STAND_INS

if TYPE_CHECKING:
    from tests.web.conftest import SignIn

PEOPLE = {
    Role.STUDENT: "lena", Role.PARENT: "pia", Role.TEACHER: "tom", Role.ADMIN: "asha",
    Role.ANALYST: "anil",
}  # fmt: skip
ALL = [*REGISTRY.values(), DIGEST]


def path_of(definition: Definition) -> str:
    return definition.link.format_map(definition.example)


@pytest.mark.parametrize("path", sorted({path_of(one) for one in ALL} | {PREFERENCES}))
def test_each_link_is_an_address_of_ours(path: str) -> None:
    assert resolve(path.partition("?")[0]).func is not not_found


def test_no_stand_in_is_for_nobody() -> None:
    """A row of the table that no message needs any more is taken out."""
    needed = {resolve(path_of(one).partition("?")[0]).route for one in ALL}
    assert {route for route, _place in STAND_INS} <= needed


@pytest.mark.parametrize("role", PEOPLE)
def test_whoever_gets_a_message_can_open_where_it_leads(sign_in: SignIn, role: Role) -> None:
    client = sign_in(PEOPLE[role])
    waiting = {route for route, _place in STAND_INS}
    opened = 0
    for definition in ALL:
        path = path_of(definition)
        if role in definition.available_to and resolve(path.partition("?")[0]).route in waiting:
            response = client.get(path, follow=True)
            assert response.status_code == 200, path
            assert "This is the nearest one." in response.content.decode(), path
            opened += 1
    assert opened


@pytest.mark.parametrize("role", PEOPLE)
def test_whoever_was_sent_a_report_can_open_where_it_leads(sign_in: SignIn, role: Role) -> None:
    """Learners open no report, and what was sent may be a dashboard."""
    assert sign_in(PEOPLE[role]).get(path_of(REGISTRY["ADMIN_REPORT_READY"])).status_code == 200


def test_without_a_session_the_sign_in_leads_back(sign_in: SignIn) -> None:
    client = sign_in("lena")
    client.cookies.clear()
    response = client.get("/courses/12/lessons/40")
    assert response.status_code == 302
    assert "courses%2F12%2Flessons%2F40" in response["Location"]
