"""The product's own wordings: every key, on every channel, in every language, for any payload."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from liquid import StrictUndefined
from liquid.exceptions import LiquidError

from optilearn.institutions.selectors import InstitutionRow
from optilearn.notifications.categories import LABELS
from optilearn.notifications.definitions import Category, Channel, Definition
from optilearn.notifications.links import page_of
from optilearn.notifications.registry import REGISTRY
from optilearn.notifications.registry.digest import DIGEST
from optilearn.notifications.rendering.engine import MessageContext, MessageEnvironment
from optilearn.notifications.rendering.reader import LOCALES, Reader
from optilearn.notifications.rendering.renderer import RenderRequest, compose
from optilearn.notifications.rendering.sources import button_of, defaults
from optilearn.notifications.rendering.validation import known_names, problems_of

PUBLISHED = """
ENROLL_WELCOME ENROLL_COURSE_PUBLISHED ENROLL_ACCESS_EXPIRING
LESSON_ASSIGNMENT_DUE_REMINDER LESSON_ASSIGNMENT_OVERDUE LESSON_NEW_CONTENT COMPLIANCE_DUE_REMINDER
ASSESS_GRADED ASSESS_PEER_GRADED ASSESS_RETURNED PEER_REVIEW_ASSIGNED PEER_REVIEW_DUE_REMINDER
LIVE_CLASS_SCHEDULED LIVE_CLASS_STARTING LIVE_CLASS_CANCELLED LIVE_CLASS_RECORDING_READY
DISCUSSION_REPLY ANNOUNCEMENT_POSTED MESSAGE_RECEIVED
CERTIFICATE_ISSUED CERTIFICATE_EXPIRING BADGE_EARNED
REENGAGE_INACTIVE
TEACHER_SUBMISSION_RECEIVED TEACHER_WEEKLY_DIGEST
PARENT_CHILD_GRADED PARENT_CHILD_LOW_GRADE PARENT_CHILD_ABSENT PARENT_WEEKLY_DIGEST
ADMIN_REPORT_READY ADMIN_SCHEDULE_PROBLEM ADMIN_ALERT_TRIGGERED
"""
EVERY = [*REGISTRY.values(), DIGEST]
NORTH = InstitutionRow(1, "north", "crm-north", "North", "Asia/Kolkata", "en", 1, 0, {})
ALL = [(d, channel, locale) for d in EVERY for channel in Channel for locale in LOCALES]
DEVANAGARI = re.compile(r"[\u0900-\u097f]")


def named(value: Any) -> str:
    return value.key if isinstance(value, Definition) else str(value)


def lena(locale: str) -> Reader:
    return Reader(7, "Lena Weber", locale, ZoneInfo("Asia/Kolkata"))


def test_the_registry_has_exactly_the_published_keys() -> None:
    assert list(REGISTRY) == [key for key in REGISTRY if key in PUBLISHED.split()]
    assert sorted(REGISTRY) == sorted(PUBLISHED.split())
    assert len(REGISTRY) == 32


@pytest.mark.parametrize("definition", EVERY, ids=named)
def test_a_key_says_what_it_is(definition: Definition) -> None:
    assert str(definition.label)
    assert str(definition.description).endswith(".")
    assert definition.example
    assert definition.channels
    assert definition.available_to
    assert str(LABELS[definition.category])
    assert page_of(definition, definition.example).startswith("http")
    assert not definition.is_locked or not definition.can_change_frequency
    helpers = set(known_names(definition)) - definition.names
    assert helpers | {"unsubscribeUrl"} == {
        "firstName", "institutionName", "unsubscribeUrl", "url",
    }  # fmt: skip


def test_every_category_has_a_label() -> None:
    assert set(LABELS) == set(Category)


def test_there_is_a_wording_for_every_key_channel_and_language_and_no_other() -> None:
    assert {(d.key, channel, locale) for d, channel, locale in ALL} == set(defaults())
    for definition in EVERY:
        for locale in LOCALES:
            assert button_of(definition.key, locale)


@pytest.mark.parametrize(("definition", "channel", "locale"), ALL, ids=named)
def test_a_wording_names_nothing_unknown(
    definition: Definition, channel: Channel, locale: str
) -> None:
    source = defaults()[definition.key, channel, locale]
    assert problems_of(definition, source.title, source.body) == []
    strictly(source.title, known_names(definition))
    strictly(source.body, known_names(definition))


def strictly(source: str, names: Mapping[str, Any]) -> None:
    """Render it where a name that isn't there is an error."""
    template = MessageEnvironment(undefined=StrictUndefined).from_string(source)
    hidden = {"_zone": ZoneInfo("UTC"), "_locale": "en"}
    context = MessageContext(template, globals={**names, **hidden})
    try:
        template.render_with_context(context, context.get_buffer())
    except LiquidError as problem:
        pytest.fail(str(problem))


@pytest.mark.parametrize(("definition", "channel", "locale"), ALL, ids=named)
def test_a_wording_is_whole(definition: Definition, channel: Channel, locale: str) -> None:
    source = defaults()[definition.key, channel, locale]
    wording = compose(
        RenderRequest(definition, channel, locale),
        source,
        definition.example,
        reader=lena(locale),
        institution=NORTH,
    )
    assert wording.title
    assert "\n" not in wording.title
    assert wording.template_version is None
    assert wording.url.startswith("http")
    html, text = wording.html.split("<footer>")[0], wording.text.split("\n-- \n")[0]
    for part in (wording.title, wording.body, html, text):
        assert not re.search(r"vrq\d|\{\{|\{%|\*\*|__|None|Undefined", part), part
    if channel is Channel.EMAIL:
        assert wording.body == ""
        assert wording.text.count(wording.url) == 1
        assert wording.html.count(f'href="{wording.url}"') == 1
        assert f'<html lang="{locale}"' in wording.html
        assert (locale == "hi") == bool(DEVANAGARI.search(wording.text.split("\n-- \n")[0]))
    else:
        assert wording.body
        assert (wording.html, wording.text) == ("", "")
        assert len(wording.body) < 120


def test_a_childs_name_comes_first() -> None:
    for key in REGISTRY:
        if key.startswith("PARENT_"):
            for channel in Channel:
                for locale in LOCALES:
                    wording = compose(
                        RenderRequest(REGISTRY[key], channel, locale),
                        defaults()[key, channel, locale],
                        REGISTRY[key].example,
                        reader=lena(locale),
                        institution=NORTH,
                    )
                    assert wording.title.startswith("Mira Shah"), wording.title


def test_labels_are_in_hindi_where_the_catalogue_has_them() -> None:
    with translation.override("hi"):
        labels = [str(d.label) for d in EVERY] + [str(label) for label in LABELS.values()]
    assert all(labels)


@pytest.mark.parametrize("locale", LOCALES)
def test_digests_list_all_of_their_items(locale: str) -> None:
    groups = [
        {"title": f"Course {n}", "items": [{"title": f"Item {n}.{i}", "url": f"/c/{n}/{i}"}
                                           for i in range(20)]}
        for n in range(40)
    ]  # fmt: skip
    wording = compose(
        RenderRequest(DIGEST, Channel.EMAIL, locale),
        defaults()["DIGEST", Channel.EMAIL, locale],
        {"period": "WEEKLY", "count": 800, "groups": groups},
        reader=lena(locale),
        institution=NORTH,
    )
    assert wording.html.count("<li") == 800
    assert wording.html.count("<ul") == 40
    for n in range(40):
        assert f"\nCourse {n}\n\n- Item {n}.0 <http" in wording.text
    assert "800" in wording.title


@pytest.mark.parametrize("locale", LOCALES)
def test_a_weekly_digest_leaves_out_what_is_nothing(locale: str) -> None:
    example = REGISTRY["PARENT_WEEKLY_DIGEST"].example
    children = [
        {"childId": 1, "childName": "Mira", "courses": [], "grades": [], "due": []},
        example["children"][0] | {"childName": "Ravi", "grades": []},
    ]
    wording = compose(
        RenderRequest(REGISTRY["PARENT_WEEKLY_DIGEST"], Channel.EMAIL, locale),
        defaults()["PARENT_WEEKLY_DIGEST", Channel.EMAIL, locale],
        {"weekOf": "2026-11-16", "children": children},
        reader=lena(locale),
        institution=NORTH,
    )
    assert wording.title.startswith("Mira, Ravi:")
    assert wording.html.count("<h2") == 2
    assert wording.html.count("<ul") == 2
