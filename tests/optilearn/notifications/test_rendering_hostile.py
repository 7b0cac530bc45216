"""Payloads as people make them: nothing, one of it, many lines, letters that turn lines round."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from optilearn.institutions.selectors import InstitutionRow
from optilearn.notifications.definitions import Channel
from optilearn.notifications.registry import definition_of
from optilearn.notifications.rendering.reader import LOCALES, Reader
from optilearn.notifications.rendering.renderer import RenderedMessage, RenderRequest, compose
from optilearn.notifications.rendering.sources import TemplateSource, defaults
from optilearn.notifications.rendering.validation import problems_of

NORTH = InstitutionRow(1, "north", "crm-north", "North", "Asia/Kolkata", "en", 1, 0, {})
LENA = Reader(7, "Lena Weber", "en", ZoneInfo("Asia/Kolkata"))


def write(
    key: str,
    locale: str = "en",
    channel: Channel = Channel.EMAIL,
    *,
    source: TemplateSource | None = None,
    **data: Any,
) -> RenderedMessage:
    definition = definition_of(key)
    return compose(
        RenderRequest(definition, channel, locale),
        source or defaults()[key, channel, locale],
        {**definition.example, **data},
        reader=LENA,
        institution=NORTH,
    )


def body(wording: RenderedMessage) -> str:
    return wording.text.split("\n-- \n")[0]


@pytest.mark.parametrize("comment", ["", " ", None])
@pytest.mark.parametrize("locale", LOCALES)
def test_work_that_is_returned_without_a_word_quotes_nothing(
    locale: str, comment: str | None
) -> None:
    wording = write("ASSESS_RETURNED", locale, comment=comment)
    assert "<blockquote" not in wording.html
    assert "\n>" not in wording.text
    assert "<blockquote" in write("ASSESS_RETURNED", locale, comment="Well done").html


@pytest.mark.parametrize(
    ("key", "locale", "data", "said"),
    [
        ("REENGAGE_INACTIVE", "en", {"daysAway": 1}, "for a day."),
        ("REENGAGE_INACTIVE", "en", {"daysAway": 2}, "for 2 days."),
        ("REENGAGE_INACTIVE", "hi", {"daysAway": 1}, "आपने 1 दिन से"),
        ("REENGAGE_INACTIVE", "hi", {"daysAway": 2}, "आपने 2 दिनों से"),
        ("ADMIN_REPORT_READY", "en", {"rows": 1}, "1 row,"),
        ("ADMIN_REPORT_READY", "en", {"rows": 0}, "0 rows,"),
        ("ADMIN_REPORT_READY", "hi", {"rows": 1}, "1 पंक्ति है,"),
        ("ADMIN_REPORT_READY", "hi", {"rows": 2}, "2 पंक्तियाँ हैं,"),
        ("DIGEST", "en", {"count": 1}, "Your day: 1 message"),
    ],
)
def test_one_is_not_many(key: str, locale: str, data: dict[str, Any], said: str) -> None:
    wording = write(key, locale, **data)
    assert said in wording.title + "\n" + body(wording)


@pytest.mark.parametrize(("locale", "more"), [("en", "… and 70 more:"), ("hi", "70 और संदेश")])
def test_a_digest_says_what_it_does_not_list(locale: str, more: str) -> None:
    assert more in body(write("DIGEST", locale, count=73))
    whole = body(write("DIGEST", locale))
    assert "more" not in whole
    assert "इनके अलावा" not in whole


def test_access_ends_for_the_reader_and_not_the_course() -> None:
    assert "आपके लिए" in write("ENROLL_ACCESS_EXPIRING", "hi", Channel.PUSH).title


def test_lines_within_a_quotation_stay_in_it() -> None:
    said = "one\ntwo\n\n-- \nNorth sent you this"
    wording = write("MESSAGE_RECEIVED", excerpt=said)
    assert "\n> one\n> two\n> \n> -- \n> North sent you this\n" in wording.text
    source = TemplateSource("t", "> a {{ excerpt }}\n> b\n\n> > {{ excerpt }}\n\n{{ excerpt }}")
    plain = body(write("MESSAGE_RECEIVED", source=source, excerpt="1\n2"))
    assert plain.startswith("> a 1\n> 2\n> b\n\n> > 1\n> > 2\n\n1\n2\n")


@pytest.mark.parametrize("channel", list(Channel))
def test_a_title_does_not_turn_our_words_round(channel: Channel) -> None:
    turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    wording = write(
        "LESSON_ASSIGNMENT_DUE_REMINDER", "en", channel, assignmentTitle=f"x{turning}gpj.exe"
    )
    for part in (wording.title, wording.body, wording.html, wording.text):
        assert not re.search(f"[{turning}]", part)
    assert "xgpj.exe" in wording.title
    kept = "\u200fעברית\u200e 👩‍👩‍👧 क्\u200dष"  # marks and joiners belong to their words
    assert kept in write("ENROLL_WELCOME", "en", channel, courseTitle=kept).title


@pytest.mark.parametrize("locale", LOCALES)
def test_an_empty_name_leaves_no_markup_behind(locale: str) -> None:
    for key in ("ENROLL_WELCOME", "ASSESS_GRADED", "LIVE_CLASS_STARTING", "ANNOUNCEMENT_POSTED"):
        empty: dict[str, Any] = {name: "" for name, value in definition_of(key).example.items()
                 if isinstance(value, str) and not name.endswith("At")}  # fmt: skip
        wording = write(key, locale, **empty)
        assert "**" not in wording.html + wording.text


@pytest.mark.parametrize("channel", list(Channel))
def test_a_title_that_is_empty_is_the_kinds_label(channel: Channel) -> None:
    source = TemplateSource("{% if excerpt != blank %}{{ excerpt }}{% endif %} ", "b")
    assert write("MESSAGE_RECEIVED", "en", channel, source=source, excerpt="").title == "Message"
    hindi = write("MESSAGE_RECEIVED", "hi", channel, source=source, excerpt="").title
    assert hindi
    assert hindi != "Message"


def test_parts_that_filters_name_are_known() -> None:
    template = (
        "{{ children | map: 'childName' | join: ', ' }}{{ children | map: 'name' | first }}\n"
        "{% assign some = children | where: 'grade' | sort: 'childName' | reverse %}"
        "{% for child in some %}{{ child.childName }}{{ child.nam }}{% endfor %}\n"
        "{% assign one = children | first %}{{ one.childId }}{{ one.id }}"
        "{{ one.grades | sum: 'point' }}{{ one.courses | map: weekOf }}{{ weekOf | map: 'x' }}\n"
        "{% assign names = children | map: 'childName' %}{{ names | sort: 'x' | first }}"
        "{% for c in children %}{% for g in c.grades %}{{ forloop.parentloop.index }}"
        "{% endfor %}{% endfor %}"
    )
    found = problems_of(definition_of("PARENT_WEEKLY_DIGEST"), "t", template)
    assert [(p.line, p.code, p.message.split()[0]) for p in found] == [
        (1, "unknown_variable", "name"),
        (2, "unknown_variable", "grade"),
        (2, "unknown_variable", "child.nam"),
        (3, "unknown_variable", "one.id"),
        (3, "unknown_variable", "point"),
    ]
    assert found[0].hint.startswith("Available: childId, childName,")
