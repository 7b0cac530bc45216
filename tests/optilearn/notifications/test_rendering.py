"""How messages are written: what people typed stays text, links are ours, limits hold."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import InstitutionRow, institution_by_id
from optilearn.notifications.definitions import Channel
from optilearn.notifications.links import unsubscribe_url
from optilearn.notifications.models import MessageTemplate
from optilearn.notifications.registry import REGISTRY, definition_of
from optilearn.notifications.rendering.errors import BrokenTemplateError, MissingTemplateError
from optilearn.notifications.rendering.markdown import safe_address
from optilearn.notifications.rendering.reader import Reader, language_of
from optilearn.notifications.rendering.renderer import (
    RenderedMessage,
    Renderer,
    RenderRequest,
    compose,
)
from optilearn.notifications.rendering.sources import TemplateSource
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
KOLKATA = ZoneInfo("Asia/Kolkata")
NORTH = InstitutionRow(1, "north", "crm", 'North & "Sons"', "Asia/Kolkata", "en", 1, 0, {})
LENA = Reader(7, "Lena Weber", "en", KOLKATA)
REPLY = REGISTRY["DISCUSSION_REPLY"]


def mail(
    body: str, *, key: str = "DISCUSSION_REPLY", title: str = "Hello", **data: Any
) -> RenderedMessage:
    return write(Channel.EMAIL, title, body, key=key, **data)


def write(
    channel: Channel, title: str, body: str, *, key: str = "DISCUSSION_REPLY", **data: Any
) -> RenderedMessage:
    definition = definition_of(key)
    return compose(
        RenderRequest(definition, channel, "en"),
        TemplateSource(title, body),
        {**definition.example, **data},
        reader=LENA,
        institution=NORTH,
    )


def main_of(wording: RenderedMessage) -> str:
    """The HTML that the body became."""
    return wording.html.split("<main>\n", 1)[1].split('<p style="margin:24px 0 4px">', 1)[0]


def said(wording: RenderedMessage) -> str:
    """The text that the body became."""
    return wording.text.split("\nRead and reply: ", 1)[0].strip()


class Seen(HTMLParser):
    """What a mail program makes of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag == "br":
            self.text = self.text.removesuffix("\n")

    def handle_data(self, data: str) -> None:
        self.text += data


HOSTILE = [
    "[x](http://evil.example)",
    "<b>bold</b><script>alert(1)</script>",
    "# heading",
    "- item",
    "**bold** _it_ `code`",
    "<http://evil.example>",
    "http://evil.example",
    "1. one",
    "> quote",
    "{{ firstName }}{% if x %}",
    "\\[x\\](y) &amp; &lt;",
    "vrq0qrv vrq1qrv vrq99qrv",
    '"><img src=x onerror=y>',
    "---",
    "a|b\n|-|-|\n",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_people_typed_is_text(hostile: str) -> None:
    wording = mail("{{ authorName }} said:\n\n> {{ excerpt }}\n\n{{ excerpt }}", excerpt=hostile)
    seen = Seen(main_of(wording))
    assert set(seen.tags) <= {"p", "blockquote", "br"}
    assert seen.links == []
    assert seen.text.count(hostile.rstrip("\n")) == 2
    quoted = "\n> ".join(hostile.strip().split("\n"))
    assert f"\n> {quoted}\n" in said(wording)
    assert said(wording).endswith(f"\n\n{hostile.strip()}")


@given(text=st.text(min_size=1, max_size=80))
@settings(max_examples=150, deadline=None)
def test_whatever_people_typed_is_text(text: str) -> None:
    wording = mail("A{{ excerpt }}Z\n\n- **{{ excerpt }}**", excerpt=text)
    seen = Seen(main_of(wording))
    assert seen.tags[:1] == ["p"]
    assert set(seen.tags) <= {"p", "ul", "li", "strong", "br"}
    assert seen.links == []
    dropped = r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]"
    kept = re.sub(dropped, "", text.replace("\r\n", "\n"))
    assert f"A{kept}Z" in wording.text
    assert kept == "" or unescape(main_of(wording)).replace("<br>\n", "\n").count(kept) >= 2


def test_lines_that_people_typed_stay_lines() -> None:
    assert "one<br>\ntwo" in mail("{{ excerpt }}", excerpt="one\r\ntwo").html


def test_filters_see_what_people_typed_and_captures_are_text() -> None:
    body = (
        "{% capture x %}*{{ excerpt | upcase }}*{% endcapture %}{{ x | append: '!' }} "
        "{{ excerpt | truncate: 5 }} {% assign y = excerpt | size %}{{ y }}"
        "{% echo excerpt | slice: 0, 3 %}"
    )
    wording = mail(body, excerpt="<b>x</b>")
    assert main_of(wording) == (
        '<p style="margin:0 0 16px">*&lt;B&gt;X&lt;/B&gt;*! &lt;b... 8&lt;b&gt;</p>\n'
    )


def test_the_templates_own_markdown_is_rendered() -> None:
    wording = mail(
        "## Title\n\nOne\ntwo **bold** [here](https://a.example/?q=1&r=2).\n\n"
        "1. first\n2. second\n   - deep\n\n---\n\n<b>no html</b> ![no](https://x.example/p.png)"
    )
    html = main_of(wording)
    assert '<h2 style="margin:24px 0 12px' in html
    assert "One<br />\ntwo <strong>bold</strong>" in html
    assert 'href="https://a.example/?q=1&amp;r=2"' in html
    assert "<img" not in html
    assert "&lt;b&gt;no html&lt;/b&gt;" in html
    assert said(wording) == (
        "Title\n\nOne\ntwo bold here <https://a.example/?q=1&r=2>.\n\n"
        "1. first\n2. second\n  - deep\n\n---\n\n<b>no html</b> !no <https://x.example/p.png>"
    )


@pytest.mark.parametrize(
    ("written_as", "value", "leads_to"),
    [
        ("{{ excerpt }}", "https://a.example/?q=1&r='2'", "https://a.example/?q=1&r='2'"),
        ("{{ excerpt }}", "/courses/12", "{app}/courses/12"),
        ("/courses/{{ excerpt }}", "12", "{app}/courses/12"),
        ("/courses/{{ excerpt }}", "12/../../x?y#z", "{app}/courses/12%2F..%2F..%2Fx%3Fy%23z"),
        ("https://a.example/{{ excerpt }}", "é ü", "https://a.example/%C3%A9%20%C3%BC"),
        ("https://{{ excerpt }}.example/", "evil.com/", "https://evil.com%2F.example/"),
        ("{{ excerpt }}", "javascript:alert(1)", "#"),
        ("{{ excerpt }}", " javascript:alert(1)", "#"),
        ("java{{ excerpt }}", "script:alert(1)", "#"),
        ("{{ excerpt }}", "//evil.example", "#"),
        ("{{ excerpt }}", "data:text/html,x", "#"),
        ("{{ excerpt }}", 'https://a.example/" onclick="x', "#"),
        ("{{ excerpt }}", "", "#"),
        ("{{ unknown }}", "", "#"),
        ("{{ courseId | courseUrl }}", "", "{app}/courses/12"),
        ("{{ url }}", "", "{app}/courses/12/discussions/9"),
        ("mailto:office@north.example", "", "mailto:office@north.example"),
    ],
)
def test_where_links_lead(written_as: str, value: str, leads_to: str) -> None:
    wording = mail(f"[here]({written_as})", excerpt=value)
    wanted = leads_to.format(app=django_settings.APP_URL)
    assert Seen(main_of(wording)).links == [wanted]
    assert said(wording) == f"here <{wanted}>"


def test_a_templates_own_script_is_no_link() -> None:
    assert Seen(main_of(mail("[here](javascript:alert(1))"))).links == []
    assert (
        safe_address("JAVASCRIPT:x") == safe_address("ftp://a") == safe_address("https://") == "#"
    )


def test_both_parts_have_the_same_links() -> None:
    wording = mail("[one](https://one.example) [two]({{ url }}) <https://three.example>")
    seen = Seen(wording.html)
    assert len(seen.links) == 6
    for link in seen.links:
        assert link in wording.text
    unsubscribe = unsubscribe_url(1, 7, "DISCUSSION_REPLY")
    assert unsubscribe in seen.links
    assert f"{django_settings.APP_URL}/settings/notifications" in seen.links
    assert "North &amp; &quot;Sons&quot;" in wording.html
    assert 'North & "Sons" sent you this' in wording.text


def test_what_cannot_be_turned_off_says_so_and_has_no_way_out() -> None:
    wording = mail("x{{ unsubscribeUrl }}y", key="ASSESS_GRADED")
    assert "/u/" not in wording.html
    assert "/u/" not in wording.text
    assert "can't be turned off" in wording.text
    assert ">xy</p>" in wording.html


def test_the_mail_is_readable_by_everybody() -> None:
    html = mail("Hi").html
    assert html.startswith('<!DOCTYPE html>\n<html lang="en" dir="ltr">')
    assert html.count("<table") == html.count('<table role="presentation"')
    assert "prefers-color-scheme: dark" in html
    assert "<title>Hello</title>" in html
    assert len(html) < 10_000


def test_a_subject_is_one_line() -> None:
    wording = mail(
        "x", title="{{ excerpt }}\r\nBcc: x\n", excerpt="a\r\nBcc: evil@example.org\x00b"
    )
    assert wording.title == "a Bcc: evil@example.orgb Bcc: x"
    assert "\n" not in mail("x", title="{{ excerpt }}", excerpt="\u2028a\u2029\x0b\x85b").title


@pytest.mark.parametrize("channel", [Channel.PUSH, Channel.IN_APP])
def test_short_messages_are_plain_and_cut(channel: Channel) -> None:
    wording = write(channel, "{{ excerpt }}", "{{ excerpt }}\n\n*x*", excerpt="word & <b> " * 200)
    assert wording.title.startswith("word & <b> word")
    assert wording.title.endswith("…")
    assert wording.body.endswith("…")
    assert len(wording.title) <= 140
    assert len(wording.body) <= {Channel.PUSH: 240, Channel.IN_APP: 500}[channel]
    assert (wording.html, wording.text) == ("", "")
    long_word = write(channel, "{{ excerpt }}", "x", excerpt="क" * 1000).title
    assert long_word.endswith("क…")


@pytest.mark.parametrize(
    "body",
    [
        "{% for i in (1..200000) %}x{% endfor %}",
        "{% for i in (1..9000) %}{% for j in (1..9000) %}x{% endfor %}{% endfor %}",
        "{% assign s = 'aaaaaa' %}{% for i in (1..40) %}{% assign s = s | append: s %}{% endfor %}",
        "{% assign n = 9 %}{% for i in (1..60) %}{% assign n = n | times: n %}{% endfor %}",
        "{{ (1..100000000000000000000) | join: 'x' }}",
        "{{ excerpt | replace: 'a', excerpt }}",
        "{{ excerpt | split: '' | join: excerpt }}",
        "{% for i in (1..9000) %}{{ excerpt }}{% endfor %}",
        "{{ 1 | divided_by: 0 }}",
        "{{ dueAt | nosuchfilter }}",
        "{{ courseTitle | formatDate: 'nosuchstyle' }}",
        "{% include 'x' %}",
        "{% render 'x' %}",
        "{% tablerow i in (1..3) %}{{ i }}{% endtablerow %}",
        "{% if %}",
        "{{ 'x' | date: '%d' }}",
    ],
)
def test_what_a_template_may_not_do(body: str) -> None:
    with pytest.raises(BrokenTemplateError) as caught:
        mail(body, excerpt="a" * 3000)
    assert caught.value.reason == "broken_template"


def test_a_template_has_no_clock_and_no_inside() -> None:
    body = "{{ now }}|{{ today }}|{{ firstName.__class__.__mro__ }}|{{ courseTitle.format }}"
    assert ">|||</p>" in mail(body).html


MARKUP = st.text(alphabet="ab \n\t#*_`[]()<>!\\\"'&;:/.-+=|~{}%$1vrq0é\x00\ud800", max_size=60)


@given(body=MARKUP)
@settings(max_examples=300, deadline=None)
def test_no_template_breaks_the_writer_or_the_page(body: str) -> None:
    try:
        wording = mail(body + "{{ excerpt }}")
    except BrokenTemplateError:
        return
    tags = set(Seen(main_of(wording)).tags)
    assert tags <= {
        "p", "br", "em", "strong", "a", "code", "ul", "ol", "li", "blockquote", "hr",
        "h1", "h2", "h3", "h4", "h5", "h6",
    }  # fmt: skip
    assert wording.html.count("<footer>") == 1


def test_a_name_that_is_not_there_is_empty() -> None:
    assert ">a--b</p>" in mail("a-{{ nothing.at.all | upcase | formatDate }}-b").html


def test_a_page_that_cannot_be_named_is_a_broken_template() -> None:
    with pytest.raises(BrokenTemplateError):
        compose(
            RenderRequest(REPLY, Channel.PUSH, "en"),
            TemplateSource("x", "y"),
            {"threadId": 3},
            reader=LENA,
            institution=NORTH,
        )


@pytest.mark.parametrize(
    ("name", "first"),
    [("Lena Weber", "Lena"), ("Dr. Asha Rao", "Asha"), ("मीरा", "मीरा"), ("Dr.", "Dr."), ("", "")],
)
def test_first_names(name: str, first: str) -> None:
    assert Reader(1, name, "en", KOLKATA).first_name == first


@pytest.mark.parametrize(
    ("locale", "fallback", "language"),
    [("hi", "en", "hi"), ("hi-IN", "", "hi"), ("HI_in", "", "hi"), ("", "hi", "hi"),
     ("fr", "hi", "hi"), ("fr", "de", "en"), ("", "", "en")],
)  # fmt: skip
def test_languages(locale: str, fallback: str, language: str) -> None:
    assert language_of(locale, fallback) == language


def own(**values: Any) -> MessageTemplate:
    row = {"key": "ENROLL_WELCOME", "channel": "PUSH", "locale": "en", "version": 3,
           "title": "Ours: {{ courseTitle }}", "body": "b", "is_active": True}  # fmt: skip
    return MessageTemplate.objects.create(**row | values)


def test_an_institutions_own_words_come_first(twins: Twins, django_assert_num_queries: Any) -> None:
    north, south = twins
    data = REGISTRY["ENROLL_WELCOME"].example
    with tenant_context(north.id):
        own()
        own(version=2, title="old", is_active=False)
        own(key="BADGE_EARNED", locale="hi")
        institution = institution_by_id(north.id)
        with django_assert_num_queries(1):
            renderer = Renderer(institution)
            wording = renderer.render("ENROLL_WELCOME", Channel.PUSH, data, LENA)
            hindi = Reader(7, "Lena", "hi", KOLKATA)
            theirs = renderer.render("ENROLL_WELCOME", Channel.PUSH, data, hindi)
            in_app = renderer.render("ENROLL_WELCOME", Channel.IN_APP, data, LENA)
            mailed = [renderer.render("ENROLL_WELCOME", Channel.EMAIL, data, LENA) for _ in "12"]
    assert (wording.title, wording.template_version) == ("Ours: Algebra", 3)
    assert (theirs.title, theirs.template_version) == ("Algebra में आपका स्वागत है", None)
    assert in_app.template_version is None
    assert mailed[0] == mailed[1]
    with tenant_context(south.id):
        other = Renderer(institution_by_id(south.id))
        assert other.render("ENROLL_WELCOME", Channel.PUSH, data, LENA).template_version is None


def test_what_nobody_has_written(twins: Twins) -> None:
    with tenant_context(twins[0].id):
        renderer = Renderer(institution_by_id(twins[0].id))
        with pytest.raises(MissingTemplateError) as caught:
            renderer.render("NO_SUCH_KEY", Channel.PUSH, {}, LENA)
        assert caught.value.reason == "missing_template"
        own(body="{{ 1 | divided_by: 0 }}")
        with pytest.raises(BrokenTemplateError):
            Renderer(institution_by_id(twins[0].id)).render(
                "ENROLL_WELCOME", Channel.PUSH, REGISTRY["ENROLL_WELCOME"].example, LENA
            )
