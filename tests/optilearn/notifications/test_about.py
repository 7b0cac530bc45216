"""Of whom a message tells, where that isn't its reader: what an erasure has to know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications import services
from optilearn.notifications.definitions import Definition
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.registry import REGISTRY, definition_of
from optilearn.notifications.registry.digest import DIGEST
from tests.optilearn.notifications.support import NOON, payload
from tests.optilearn.notifications.test_defaults import EVERY, named
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
PERSONS_NAME: Final = re.compile(
    r"(author|child|classmate|learner|parent|person|reviewer|sender|student|teacher|user)Name$"
)
EXCUSED: Final[Mapping[str, str]] = {
    "DIGEST": "It lists what is about several; its words go a week after it was sent.",
    "PARENT_WEEKLY_DIGEST": "It lists several children; its words go a week after it was sent.",
    "DISCUSSION_REPLY": "Its author isn't told of but speaks: the words are the reader's mail.",
    "ANNOUNCEMENT_POSTED": "Its author speaks for the school, to everybody.",
    "MESSAGE_RECEIVED": "Its author isn't told of but speaks: the words are the reader's mail.",
}
"""Messages with somebody's name in them that an erasure of that person leaves, and why."""


def names_of(value: Any) -> Iterator[str]:
    """Every name in a payload, however deep."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from names_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names_of(inner)


def names_somebody(definition: Definition) -> bool:
    titles_are_names = definition is DIGEST  # its groups are called by children too
    return titles_are_names or any(PERSONS_NAME.search(n) for n in names_of(definition.example))


@pytest.mark.parametrize("definition", EVERY, ids=named)
def test_messages_that_name_somebody_say_who_it_is_about(definition: Definition) -> None:
    says = bool(definition.about) or definition.key in EXCUSED
    assert says is names_somebody(definition), f"Give {definition.key} `about`, or say why not."
    assert not (definition.about and definition.key in EXCUSED)


def test_no_excuse_is_left_over() -> None:
    assert set(EXCUSED) <= {definition.key for definition in EVERY}
    assert all(reason.endswith(".") for reason in EXCUSED.values())


def test_about_is_an_id_of_the_example() -> None:
    about = {d.key: d.about for d in REGISTRY.values() if d.about}
    assert about == {
        "TEACHER_SUBMISSION_RECEIVED": "studentId",
        "PARENT_CHILD_GRADED": "childId",
        "PARENT_CHILD_LOW_GRADE": "childId",
        "PARENT_CHILD_ABSENT": "childId",
    }
    for wrong in ("childName", "studentId"):
        with pytest.raises(ValueError, match=wrong):
            replace(definition_of("PARENT_CHILD_GRADED"), about=wrong)


def test_it_follows_the_payload_to_every_delivery(twins: Twins) -> None:
    north, _ = twins
    lena, tom = north.people["lena"].pk, north.people["tom"].pk
    key = "TEACHER_SUBMISSION_RECEIVED"
    with tenant_context(north.id), frozen(NOON):
        services.send(key=key, to=tom, data=payload(key, studentId=lena))
        services.send(key="ASSESS_GRADED", to=lena, data=payload("ASSESS_GRADED"))
        for model in (Notification, Delivery):
            assert set(model.objects.values_list("key", "about_id")) == {
                (key, lena),
                ("ASSESS_GRADED", None),
            }


@pytest.mark.parametrize("wrong", ["7", 1.5, "lena"])
def test_about_nobody_is_refused(twins: Twins, wrong: Any) -> None:
    north, _ = twins
    key = "TEACHER_SUBMISSION_RECEIVED"
    with tenant_context(north.id):
        with pytest.raises(ValueError, match="studentId"):
            services.send(key=key, to=north.people["tom"].pk, data=payload(key, studentId=wrong))
        assert not Notification.objects.exists()
